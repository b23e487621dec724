"""The tables of schema `ops`: deliveries, check results, decisions, releases."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData(
    schema="ops",
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    },
)


def _now() -> Column[object]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


FILE = Table(
    "file",
    METADATA,
    Column("file_id", BigInteger, Identity(always=True), primary_key=True),
    Column("feed", Text, nullable=False),
    Column("area_code", Text),
    Column("period", Date),
    Column("uri", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column(
        "modified",
        Text,
        nullable=False,
        comment="the store's own mark of a version: modification time or entity tag",
    ),
    Column("status", Text, nullable=False),
    Column("records_read", BigInteger),
    Column("records_loaded", BigInteger),
    Column("records_rejected", BigInteger),
    Column("reason", Text),
    Column(
        "findings",
        Text,
        comment="what was unusual but taken in: skipped lines, unknown columns",
    ),
    Column("landed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("loaded_at", DateTime(timezone=True)),
    Column("superseded_by", BigInteger, ForeignKey("ops.file.file_id")),
    CheckConstraint(
        "status in ('landed', 'loaded', 'superseded', 'refused', 'duplicate')",
        name="status",
    ),
    CheckConstraint(
        "status not in ('loaded', 'superseded') or records_read = records_loaded + records_rejected",
        name="adds_up",
    ),
)
Index(
    "file_loaded_once",
    FILE.c.feed,
    FILE.c.area_code,
    FILE.c.period,
    FILE.c.sha256,
    unique=True,
    postgresql_where=text("status = 'loaded'"),
)
Index(
    "file_one_version",
    FILE.c.feed,
    FILE.c.area_code,
    FILE.c.period,
    FILE.c.file_name,
    unique=True,
    postgresql_where=text("status = 'loaded'"),
)
Index("file_uri", FILE.c.uri)

REJECTED_RECORD = Table(
    "rejected_record",
    METADATA,
    Column("file_id", BigInteger, ForeignKey("ops.file.file_id"), primary_key=True),
    Column("record_no", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", BigInteger),
    Column("raw", LargeBinary),
    Column("reason", Text, nullable=False),
)

RUN = Table(
    "run",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("as_of", Date),
    Column("rules", Text, comment="hash of the rules that it was built by"),
    Column("rule_versions", JSONB, comment="sha256 of each file of rules"),
    Column("checks", Text, comment="hash of the checks that judged it"),
    _now(),
    Column("finished_at", DateTime(timezone=True)),
    Column("outcome", Text),
)

CHECK_RESULT = Table(
    "check_result",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("gate", Text, primary_key=True),
    Column("check_name", Text, primary_key=True),
    Column("severity", Text, nullable=False),
    Column(
        "success",
        Boolean,
        comment="null: it could not be evaluated, which counts as failed",
    ),
    Column("observed", Text),
    Column("expected", Text),
    Column("condition", Text, comment="hash of what was measured or tested"),
    Column("checked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("meaning", Text),
    CheckConstraint("gate in ('file', 'population', 'release')", name="gate"),
    CheckConstraint("severity in ('critical', 'warning', 'info')", name="severity"),
)

APPROVAL = Table(
    "approval",
    METADATA,
    Column("approval_id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _now(),
    Column("check_names", ARRAY(Text), comment="the failed warnings that it lifts"),
)

REJECTION = Table(
    "rejection",
    METADATA,
    Column("rejection_id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("rejected_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _now(),
)

WAIVER = Table(
    "waiver",
    METADATA,
    Column("waiver_id", BigInteger, Identity(always=True), primary_key=True),
    Column("check_name", Text, nullable=False),
    Column("waived_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("valid_until", Date, nullable=False),
    _now(),
)

RELEASE = Table(
    "release",
    METADATA,
    Column("release_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    _now(),
    Column("approved_by", Text),
    Column("git_revision", Text),
    Column("contract_version", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("inputs_fingerprint", Text, nullable=False),
    Column("residents_counted", BigInteger),
    Column("manifest", JSONB, comment="what it was made from"),
    Column(
        "previous_release_id",
        Text,
        ForeignKey("ops.release.release_id"),
        comment="current when this one was made",
    ),
    Column("kept_by", Text),
    Column("kept_reason", Text),
    Column("dropped_at", DateTime(timezone=True), comment="its tables are gone since"),
    CheckConstraint("status in ('current', 'retired')", name="status"),
)
Index(
    "release_one_current",
    RELEASE.c.status,
    unique=True,
    postgresql_where=text("status = 'current'"),
)

RELEASE_POINTER = Table(
    "release_pointer",
    METADATA,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("release_id", Text, ForeignKey("ops.release.release_id"), nullable=False),
    CheckConstraint("only_row", name="only_row"),
)

MICRODATA_GRANT = Table(
    "microdata_grant",
    METADATA,
    Column("grant_id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False),
    Column("area_code", Text, nullable=False, comment="a region; areas whose code starts with it are in it"),
    Column("granted_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("valid_until", Date, nullable=False),
    _now(),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text),
    Column("end_reason", Text),
    CheckConstraint("area_code ~ '^[0-9]{2,16}$'", name="area_code"),
)

ACCESS = Table(
    "access",
    METADATA,
    Column("access_id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False, server_default=text("session_user")),
    Column("os_user", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("record_count", BigInteger, comment="null: not known, a session of its own"),
    Column("accessed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

ERASURE = Table(
    "erasure",
    METADATA,
    Column("erasure_id", BigInteger, Identity(always=True), primary_key=True),
    Column("asked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    _now(),
    Column("finished_at", DateTime(timezone=True)),
)

ERASED_IDENTIFIER = Table(
    "erased_identifier",
    METADATA,
    Column("identifier_hash", Text, primary_key=True),
    Column("erasure_id", BigInteger, ForeignKey("ops.erasure.erasure_id"), nullable=False),
)

ERASURE_KEY = Table(
    "erasure_key",
    METADATA,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("secret", Text, nullable=False),
    CheckConstraint("only_row", name="only_row"),
)
