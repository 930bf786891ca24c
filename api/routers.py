"""Every feature's router, in one list each: under `/v1`, and those that name their whole path themselves."""

from fastapi import APIRouter

from api.agents.routes import router as agents
from api.asterisk.routes import router as asterisk
from api.auth.pages import router as auth_pages
from api.auth.routes import router as auth
from api.call_logs.routes import router as call_logs
from api.calls.routes import router as calls
from api.contacts.routes import router as contacts
from api.departments.routes import router as departments
from api.health.routes import router as health
from api.jobs.routes import router as jobs
from api.numbers.routes import router as numbers
from api.queues.routes import router as queues
from api.routes.routes import router as routes
from api.teams.member_routes import router as members
from api.teams.routes import router as teams
from api.users.routes import router as users
from api.voicemail.routes import router as voicemail
from api.webhooks.routes import router as webhooks

V1: tuple[APIRouter, ...] = (
    users,
    teams,
    members,
    departments,
    contacts,
    queues,
    agents,
    numbers,
    routes,
    voicemail,
    call_logs,
    calls,
    jobs,
    webhooks,
)
ROOT: tuple[APIRouter, ...] = (auth, auth_pages, asterisk, health)
