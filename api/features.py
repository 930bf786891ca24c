"""Every feature's router, in one list each: under `/v1`, and those that name their whole path themselves."""

from fastapi import APIRouter

from api.users.routes import router as users

V1: tuple[APIRouter, ...] = (users,)
ROOT: tuple[APIRouter, ...] = ()
