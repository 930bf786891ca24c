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
from api.accounts.provisioning.routes import files_router as phone_files
from api.accounts.provisioning.routes import router as provisioning
from api.accounts.teams.member_routes import router as members
from api.accounts.teams.routes import router as teams
from api.accounts.users.routes import router as users
from api.accounts.users.session_routes import router as sessions
from api.chat.chats.routes import router as chats
from api.chat.files.routes import router as files
from api.chat.links.routes import router as links
from api.chat.messages.routes import router as messages
from api.chat.workspace.routes import router as workspace
from api.console.routes import router as console
from api.inbox.attachments.routes import router as inbox_attachments
from api.inbox.authorization.routes import router as inbox_authorization
from api.inbox.calling.routes import router as inbox_calling
from api.inbox.channel_settings.routes import router as inbox_channel_settings
from api.inbox.channels.routes import router as inbox_channels
from api.inbox.contacts.routes import router as inbox_contacts
from api.inbox.conversations.routes import router as inbox_conversations
from api.inbox.hooks.routes import router as inbox_hooks
from api.inbox.messages.routes import router as inbox_messages
from api.inbox.notes.routes import router as inbox_notes
from api.inbox.privacy.routes import router as inbox_privacy
from api.inbox.reading.routes import router as inbox_reading
from api.inbox.saved_replies.routes import router as inbox_saved_replies
from api.inbox.surveys.routes import router as inbox_surveys
from api.inbox.tags.routes import router as inbox_tags
from api.inbox.teams.routes import router as inbox_teams
from api.inbox.templates.routes import router as inbox_templates
from api.inbox.timeline.routes import router as inbox_timeline
from api.inbox.web_chats.routes import router as inbox_web_chats
from api.inbox.webhooks.routes import router as inbox_webhooks
from api.inbox.work.routes import router as inbox_work
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
from api.telephony.calls.talk_routes import router as talks
from api.telephony.conferences.routes import router as conferences
from api.telephony.departments.routes import router as departments
from api.telephony.holidays.routes import router as holidays
from api.telephony.live.routes import router as live
from api.telephony.mailboxes.routes import router as mailboxes
from api.telephony.numbers.routes import router as numbers
from api.telephony.outbound.routes import router as outbound
from api.telephony.phone.routes import router as phone
from api.telephony.presence.routes import router as presence
from api.telephony.prompts.routes import router as prompts
from api.telephony.queues.routes import router as queues
from api.telephony.report_schedules.routes import router as report_schedules
from api.telephony.reports.routes import router as reports
from api.telephony.sounds.routes import router as sounds
from api.telephony.voicemail.routes import router as voicemail
from api.telephony.wrap_up_codes.routes import router as wrap_up_codes
from api.web_chat.routes import router as web_chat

ROUTERS: tuple[APIRouter, ...] = (
    users,
    sessions,
    teams,
    members,
    provisioning,
    phone_files,
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
    phone,
    presence,
    prompts,
    queues,
    report_schedules,
    reports,
    agents,
    numbers,
    holidays,
    routes,
    outbound,
    voicemail,
    mailboxes,
    call_logs,
    wrap_up_codes,
    sounds,
    calls,
    talks,
    live,
    conferences,
    chats,
    messages,
    files,
    links,
    workspace,
    search,
    inbox_authorization,
    inbox_conversations,
    inbox_work,
    inbox_messages,
    inbox_attachments,
    inbox_templates,
    inbox_contacts,
    inbox_tags,
    inbox_notes,
    inbox_timeline,
    inbox_reading,
    inbox_calling,
    inbox_saved_replies,
    inbox_channels,
    inbox_channel_settings,
    inbox_surveys,
    inbox_privacy,
    inbox_teams,
    inbox_webhooks,
    inbox_web_chats,
    inbox_hooks,
    web_chat,
    sockets,
    streams,
    jobs,
    webhooks,
    services,
    platform,
    auth,
    second_factor,
    auth_pages,
    console,
    asterisk,
    health,
    docs,
)
