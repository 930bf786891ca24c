"""Every feature's router, in one list each: under `/v1`, and those that name their whole path themselves."""

from fastapi import APIRouter

from api.agents.routes import router as agents
from api.asterisk.routes import router as asterisk
from api.auth.routes import router as auth
from api.numbers.routes import router as numbers
from api.queues.routes import router as queues
from api.routes.routes import router as routes
from api.teams.member_routes import router as members
from api.teams.routes import router as teams
from api.users.routes import router as users

V1: tuple[APIRouter, ...] = (users, teams, members, queues, agents, numbers, routes)
ROOT: tuple[APIRouter, ...] = (auth, asterisk)
