"""Companies, users and their rights."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from acquit.core.lifecycle import Lifecycle
from acquit.core.looks import DESIGNS
from acquit.core.packs import VAT_DUE
from acquit.database.models import Currency, Walled, append_only, state_check

APPROVAL = Lifecycle(
    name="approval",
    initial="waiting",
    transitions={
        ("waiting", "approve"): "approved",
        ("waiting", "reject"): "rejected",
        ("waiting", "withdraw"): "withdrawn",
    },
)


class Company(models.Model):
    """A legal entity that sells: the wall around everything, and the seller on its documents."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    currency = Currency()
    locale = models.CharField(max_length=8, default="en_GB")
    timezone = models.CharField(max_length=40, default="Europe/Bucharest")
    vat_id = models.CharField(max_length=20, blank=True)  # BT-31
    registration_id = models.CharField(max_length=40, blank=True)  # BT-30
    legal_form = models.CharField(max_length=120, blank=True)  # BT-33
    street = models.CharField(max_length=150, blank=True)  # BT-35
    city = models.CharField(max_length=80, blank=True)  # BT-37
    postcode = models.CharField(max_length=20, blank=True)  # BT-38
    region = models.CharField(max_length=40, blank=True)  # BT-39
    email = models.EmailField(blank=True)  # BT-43
    phone = models.CharField(max_length=40, blank=True)  # BT-42
    contact_name = models.CharField(max_length=100, blank=True)  # BT-41
    endpoint_scheme = models.CharField(max_length=8, blank=True)  # BT-34
    endpoint_id = models.CharField(max_length=80, blank=True)
    iban = models.CharField(max_length=34, blank=True)  # BT-84
    bic = models.CharField(max_length=11, blank=True)  # BT-86
    bank_name = models.CharField(max_length=80, blank=True)
    accent = models.CharField(max_length=7, default="#0f5c4d")
    design = models.CharField(max_length=10, default=DESIGNS[0])  # of papers
    footer = models.TextField(blank=True)
    logo = models.CharField(max_length=64, blank=True)  # digest of the picture in the archive
    vat_due = models.CharField(max_length=8, blank=True)  # as the company chose, see VAT_DUE
    # From and until when it charges no VAT as a small business (Directive 2006/112/EC art. 284).
    small_business_from = models.DateField(null=True)
    small_business_until = models.DateField(null=True)
    tax_number = models.CharField(max_length=30, blank=True, default="")  # BT-32
    grace_minutes = models.PositiveSmallIntegerField(default=10)  # from "send" to the number
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "access_company"
        constraints = [
            state_check("access_company_design", "design", DESIGNS),
            state_check("access_company_vat_due", "vat_due", VAT_DUE),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, id: Any, email: str, name: str, password: str | None = None) -> User:
        user = self.model(id=id, email=self.normalize_email(email), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in. Rights come from memberships, never from the user itself."""

    id = models.UUIDField(primary_key=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    locale = models.CharField(max_length=8, default="en")
    is_active = models.BooleanField(default=True)
    single_keys = models.BooleanField(default=True)  # WCAG 2.1.4: the switch for one-letter keys
    created_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        db_table = "access_user"

    def __str__(self) -> str:
        return self.email


class Session(AbstractBaseSession):
    """A browser that came; whose it is stands beside the signed data, see :mod:`.sessions`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", null=True)

    class Meta:
        db_table = "access_session"

    def __str__(self) -> str:
        return f"session of {self.user_id}"


class Remembered(models.Model):
    """What the pages of sign-in remember for a while, the same for all web processes: failed
    attempts, and codes of second factors that were used. Django's DatabaseCache gives the columns
    and writes them; it trusts what it reads, so that no other role may ever write here."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_remembered"

    def __str__(self) -> str:
        return self.cache_key


class Membership(Walled):
    """A role of a user in a company, with the amount up to which it acts alone."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_membership"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "user", "role"],
                condition=models.Q(revoked_at=None),
                name="access_membership_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Limit(Walled):
    """How much a role may do by one act of a command before a second person must approve."""

    role = models.CharField(max_length=30)
    command = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = Currency()

    class Meta:
        db_table = "access_limit"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "role", "command", "currency"], name="access_limit_once"
            ),
            models.CheckConstraint(
                name="access_limit_positive", condition=models.Q(amount_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.command} {self.amount_minor} {self.currency}"


class ApprovalRequest(Walled):
    """An act that waits for a second person; when approved, the same command runs."""

    command = models.CharField(max_length=80)
    item = models.JSONField()
    asked_hash = models.CharField(max_length=64)
    item_key = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = Currency()
    why = models.TextField()
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    maker_name = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default=APPROVAL.initial)
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    result = models.JSONField(null=True)

    class Meta:
        db_table = "access_approval"
        constraints = [
            state_check("access_approval_state", "state", APPROVAL.states),
            models.UniqueConstraint(
                fields=["company", "asked_hash"],
                condition=models.Q(state=APPROVAL.initial),
                name="access_approval_asked_once",
            ),
            models.CheckConstraint(
                name="access_approval_four_eyes",
                condition=models.Q(decided_by=None)
                | ~models.Q(state="approved")
                | ~models.Q(decided_by=models.F("maker")),
            ),
        ]
        indexes = [models.Index(fields=["company", "state"], name="access_approval_queue")]

    def __str__(self) -> str:
        return f"{self.command} {self.item_key} {self.state}"


class IdempotencyKey(Walled):
    """The answer of a command that came with a key; kept 30 days."""

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    command = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "access_idempotency"
        constraints = [
            models.UniqueConstraint(fields=["company", "caller", "key"], name="access_key_once")
        ]
        # What somebody did last.
        indexes = [
            models.Index(fields=["company", "caller", "created_at"], name="access_key_lately")
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"


class ApiKey(Walled):
    """A program's key: only its SHA-256 is stored. Scopes are permissions."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_api_key"
        constraints = [
            models.UniqueConstraint(fields=["company", "secret_hash"], name="access_api_key_hash")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}"


class KeyPace(Walled):
    """How often a key was used in the minute that runs; ``id`` is the key's. Not worth a log: after
    a crash of the database the counts begin anew."""

    minute = models.DateTimeField()
    used = models.IntegerField()

    class Meta:
        db_table = "access_key_pace"

    def __str__(self) -> str:
        return f"{self.id} {self.used}"


class SignedLink(Walled):
    """A link that opens one thing for one purpose without an account: stored as a hash, expiring,
    revocable."""

    purpose = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_signed_link"
        constraints = [
            models.UniqueConstraint(fields=["company", "token_hash"], name="access_link_hash")
        ]
        indexes = [
            models.Index(fields=["token_hash"], name="access_link_lookup"),
            models.Index(fields=["company", "subject_id"], name="access_link_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject_id}"


class Presence(Walled):
    """Where somebody works right now: one place per person, worth something for seconds only."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    subject_id = models.UUIDField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "access_presence"
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="access_presence_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.subject_id}"


class SavedView(Walled):
    """A filter of a list under a name: its owner's alone, or shared with the company."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    list_name = models.CharField(max_length=30)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "access_saved_view"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "list_name", "owner", "name"], name="access_view_once"
            ),
            models.UniqueConstraint(
                fields=["company", "list_name", "name"],
                condition=models.Q(is_shared=True),
                name="access_view_shared_once",
            ),
            models.CheckConstraint(
                name="access_view_owned",
                condition=models.Q(is_shared=True) | models.Q(owner__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_name} {self.name}"


class RefusedAccess(Walled):
    """A refused attempt: who wanted what, and why not. Written even when all else
    rolls back."""

    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    command = models.CharField(max_length=80)
    why = models.TextField()
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "access_refused"
        triggers = append_only("access_refused")

    def __str__(self) -> str:
        return f"{self.actor_name} {self.command}"
