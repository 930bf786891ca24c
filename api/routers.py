"""Every feature's router. The order does not matter: no two operations share a path and a method."""

from fastapi import APIRouter

from api.accounts.auth.routes import router as auth
from api.accounts.auth.second_factor_routes import router as second_factor
from api.accounts.contacts.routes import router as contacts
from api.accounts.countries.routes import router as countries
from api.accounts.devices.routes import router as devices
from api.accounts.guests.routes import router as guests
from api.accounts.pages import router as auth_pages
from api.accounts.plans.routes import router as plans
from api.accounts.platform.routes import router as platform
from api.accounts.teams.member_routes import router as members
from api.accounts.teams.routes import router as teams
from api.accounts.users.routes import router as users
from api.accounts.users.session_routes import router as sessions
from api.chat.chats.routes import router as chats
from api.chat.files.routes import router as files
from api.chat.links.routes import router as links
from api.chat.messages.routes import router as messages
from api.chat.workspace.routes import router as workspace
from api.integrations.connections.routes import router as integrations
from api.integrations.contacts.routes import router as integration_contacts
from api.integrations.events.routes import router as integration_events
from api.integrations.hooks.routes import router as hooks
from api.operations.docs.routes import router as docs
from api.operations.health.routes import router as health
from api.operations.jobs.routes import router as jobs
from api.operations.services.routes import router as services
from api.operations.webhook_secret.routes import router as webhooks
from api.realtime.events.routes import router as streams
from api.realtime.sails_io.routes import router as sockets
from api.search.routes import router as search
from api.sip_accounts.routes import router as asterisk
from api.telephony.agents.routes import router as agents
from api.telephony.call_logs.routes import router as call_logs
from api.telephony.call_routes.routes import router as routes
from api.telephony.calls.routes import router as calls
from api.telephony.departments.routes import router as departments
from api.telephony.holidays.routes import router as holidays
from api.telephony.numbers.routes import router as numbers
from api.telephony.outbound.routes import router as outbound
from api.telephony.prompts.routes import router as prompts
from api.telephony.queues.routes import router as queues
from api.telephony.reports.routes import router as reports
from api.telephony.sounds.routes import router as sounds
from api.telephony.voicemail.routes import router as voicemail
from api.telephony.wrap_up_codes.routes import router as wrap_up_codes

ROUTERS: tuple[APIRouter, ...] = (
    users,
    sessions,
    teams,
    members,
    departments,
    devices,
    guests,
    contacts,
    integrations,
    integration_contacts,
    integration_events,
    hooks,
    plans,
    countries,
    prompts,
    queues,
    reports,
    agents,
    numbers,
    holidays,
    routes,
    outbound,
    voicemail,
    call_logs,
    wrap_up_codes,
    sounds,
    calls,
    chats,
    messages,
    files,
    links,
    workspace,
    search,
    sockets,
    streams,
    jobs,
    webhooks,
    services,
    platform,
    auth,
    second_factor,
    auth_pages,
    asterisk,
    health,
    docs,
)
