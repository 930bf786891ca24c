"""SQLModel tables, one aggregate per file. Importing this package fills `SQLModel.metadata`."""

from models.agent import Agent
from models.audit import AuditEntry
from models.base import utcnow
from models.call import CallLog, Recording, RecordingAccess, WrapUp
from models.chat import Chat, ChatType
from models.chat_user import ChatUser
from models.contact import Contact, contact_attributes, contact_by_number
from models.department import Department, DepartmentUser
from models.device import Device
from models.file import File, LooseFile
from models.guest import GuestInvite
from models.integration import ContactLink, Integration, IntegrationType, Revocation
from models.integration_event import IntegrationEvent
from models.message import Message, MessageLink, MessageTranslation, MessageType
from models.message_mark import MarkType, MessageMark
from models.number import DidNumber, InventoryNumber
from models.outbound import DecidedBy, OutboundLimits, outbound_limits
from models.outbox import Outbox, OutboxKind
from models.queue import Queue, QueueAgent, QueueManager
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
    "AuditEntry",
    "AuthSession",
    "CallLog",
    "CallRoute",
    "CallRouteVersion",
    "Chat",
    "ChatType",
    "ChatUser",
    "Client",
    "Contact",
    "ContactLink",
    "DecidedBy",
    "Department",
    "DepartmentUser",
    "Device",
    "DidNumber",
    "File",
    "GuestInvite",
    "Integration",
    "IntegrationEvent",
    "IntegrationType",
    "InventoryNumber",
    "Invite",
    "LooseFile",
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
    "PromptKind",
    "PromptState",
    "Queue",
    "QueueAgent",
    "QueueManager",
    "QueueStay",
    "Recording",
    "RecordingAccess",
    "RecoveryCode",
    "RefreshToken",
    "Revocation",
    "Role",
    "SearchEntry",
    "SecondFactor",
    "Team",
    "TeamUser",
    "UploadedPrompt",
    "User",
    "UserStatus",
    "Voicemail",
    "WorkspaceEvent",
    "WorkspaceEventType",
    "WrapUp",
    "WrapUpCode",
    "contact_attributes",
    "contact_by_number",
    "outbound_limits",
    "sip_username",
    "utcnow",
]
