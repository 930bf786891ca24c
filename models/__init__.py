"""SQLModel tables, one aggregate per file. Importing this package fills `SQLModel.metadata`."""

from models.agent import Agent, AgentSpell
from models.audit import AuditEntry
from models.base import utcnow
from models.browser_phone import BrowserPhone
from models.call import CallLog, CallMember, Recording, RecordingAccess, WrapUp
from models.chat import Chat, ChatType
from models.chat_user import ChatUser
from models.conference import ConferenceSettings
from models.contact import Contact, contact_attributes, contact_by_number
from models.contact_merge import ContactMerge
from models.conversation import Conversation, ConversationRead, ConversationState, InboxReader
from models.department import Department, DepartmentUser
from models.device import Device
from models.file import File, LooseFile
from models.guest import GuestInvite
from models.inbox_channel import ChannelState, InboxChannel
from models.inbox_contact import InboxContactTag, InboxIdentity, InboxTag
from models.inbox_deleted import InboxDeleted
from models.inbox_file import InboxFile, InboxFileState
from models.inbox_mail import InboxMail, InboxMailbox
from models.inbox_message import InboxMessage
from models.inbox_note import InboxNote
from models.inbox_saved_reply import InboxSavedReply
from models.inbox_settings import InboxSettings
from models.inbox_survey import InboxSurvey
from models.inbox_team import InboxTeam, InboxTeamChannel, InboxTeamMember
from models.inbox_template import InboxTemplate
from models.inbox_web_chat import InboxWebChat
from models.inbox_webhook import InboxDelivery, InboxWebhook, WebhookState
from models.inbox_work import InboxWork, InboxWorkStay, WorkState
from models.integration import ContactLink, Integration, IntegrationType, Revocation
from models.integration_event import IntegrationEvent
from models.mailbox import GreetingKind, Mailbox, MailboxKind
from models.message import Message, MessageLink, MessageTranslation, MessageType
from models.message_mark import MarkType, MessageMark
from models.number import DidNumber, InventoryNumber
from models.outbound import DecidedBy, OutboundLimits, TrunkRule, by_rank, outbound_limits, trunk_rules
from models.outbox import Outbox, OutboxKind
from models.privacy import PrivacyKind, PrivacyRequest, PrivacyState
from models.provisioning import ProvisioningLink
from models.queue import Queue, QueueAgent, QueueManager
from models.report_schedule import Period, ReportSchedule
from models.route import CallRoute, CallRouteVersion
from models.search import SearchEntry
from models.second_factor import RecoveryCode, SecondFactor
from models.session import AuthSession, Client, PasswordReset, RefreshToken
from models.stay import QueueStay
from models.team import Invite, MemberStatus, Role, Team, TeamUser, WrapUpCode, sip_username
from models.uploaded_prompt import PromptKind, PromptState, UploadedPrompt
from models.user import User, UserStatus
from models.voicemail import Voicemail
from models.workspace_event import WorkspaceEvent, WorkspaceEventType

__all__ = [
    "Agent",
    "AgentSpell",
    "AuditEntry",
    "AuthSession",
    "BrowserPhone",
    "CallLog",
    "CallMember",
    "CallRoute",
    "CallRouteVersion",
    "ChannelState",
    "Chat",
    "ChatType",
    "ChatUser",
    "Client",
    "ConferenceSettings",
    "Contact",
    "ContactLink",
    "ContactMerge",
    "Conversation",
    "ConversationRead",
    "ConversationState",
    "DecidedBy",
    "Department",
    "DepartmentUser",
    "Device",
    "DidNumber",
    "File",
    "GreetingKind",
    "GuestInvite",
    "InboxChannel",
    "InboxContactTag",
    "InboxDeleted",
    "InboxDelivery",
    "InboxFile",
    "InboxFileState",
    "InboxIdentity",
    "InboxMail",
    "InboxMailbox",
    "InboxMessage",
    "InboxNote",
    "InboxReader",
    "InboxSavedReply",
    "InboxSettings",
    "InboxSurvey",
    "InboxTag",
    "InboxTeam",
    "InboxTeamChannel",
    "InboxTeamMember",
    "InboxTemplate",
    "InboxWebChat",
    "InboxWebhook",
    "InboxWork",
    "InboxWorkStay",
    "Integration",
    "IntegrationEvent",
    "IntegrationType",
    "InventoryNumber",
    "Invite",
    "LooseFile",
    "Mailbox",
    "MailboxKind",
    "MarkType",
    "MemberStatus",
    "Message",
    "MessageLink",
    "MessageMark",
    "MessageTranslation",
    "MessageType",
    "OutboundLimits",
    "Outbox",
    "OutboxKind",
    "PasswordReset",
    "Period",
    "PrivacyKind",
    "PrivacyRequest",
    "PrivacyState",
    "PromptKind",
    "PromptState",
    "ProvisioningLink",
    "Queue",
    "QueueAgent",
    "QueueManager",
    "QueueStay",
    "Recording",
    "RecordingAccess",
    "RecoveryCode",
    "RefreshToken",
    "ReportSchedule",
    "Revocation",
    "Role",
    "SearchEntry",
    "SecondFactor",
    "Team",
    "TeamUser",
    "TrunkRule",
    "UploadedPrompt",
    "User",
    "UserStatus",
    "Voicemail",
    "WebhookState",
    "WorkState",
    "WorkspaceEvent",
    "WorkspaceEventType",
    "WrapUp",
    "WrapUpCode",
    "by_rank",
    "contact_attributes",
    "contact_by_number",
    "outbound_limits",
    "sip_username",
    "trunk_rules",
    "utcnow",
]
