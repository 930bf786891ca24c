"""Every feature's router, in one list each: under `/v1`, and those that name their whole path themselves."""

from fastapi import APIRouter

from api.agents.routes import router as agents
from api.asterisk.routes import router as asterisk
from api.auth.routes import router as auth
from api.queues.routes import router as queues
from api.users.routes import router as users

V1: tuple[APIRouter, ...] = (users, queues, agents)
ROOT: tuple[APIRouter, ...] = (auth, asterisk)
