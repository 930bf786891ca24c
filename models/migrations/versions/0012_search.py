"""The index of the full-text search, the triggers that keep it, and the entries of what is there.

`models.search` says what an entry is. `_SOURCES` says of which columns the entries of each table are made.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

from switchroom.search_words import LONGEST_TEXT, LONGEST_WORD, SEPARATORS, TAG, UNSPACED

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


@dataclass(frozen=True)
class Source:
    """A table whose rows can be found. `{row}` is the row. `scopes` and `object` are SQL; `texts` too, each a text."""

    table: str
    columns: tuple[str, ...]
    """Those of which a change changes the entry."""
    object: str
    scopes: tuple[str, ...]
    texts: tuple[str, ...]


def _of_user(name: str) -> str:
    return f"(SELECT {name} FROM users WHERE users.id = {{row}}.user_id)"


_TRANSCRIPT = "{transcript}"
_SOURCES = (
    Source(
        "team_users", ("team_id", "extension", "position"), "{row}.user_id", ("'=u' || {row}.team_id",),
        (_of_user("first_name"), _of_user("last_name"), _of_user("email"), "{row}.extension", "{row}.position"),
    ),
    Source("chats", ("name", "purpose"), "{row}.id", ("'=h' || {row}.team_id",), ("{row}.name", "{row}.purpose")),
    Source(
        "messages", ("body",), "{row}.id",
        ("'=m' || {row}.chat_id", "'=t' || (SELECT team_id FROM chats WHERE chats.id = {row}.chat_id)"),
        ("{row}.body",),
    ),
    Source(
        "files", ("name", "filename", "comment", "category", "location"), "{row}.id", ("'=f' || {row}.team_id",),
        ("{row}.name", "{row}.filename", "{row}.comment", "{row}.category", "{row}.location"),
    ),
    Source(
        "contacts",
        ("team_id", "owner_id", "first_name", "last_name", "email", "work_number", "home_number", "cell_number"),
        "{row}.id", ("'=c' || coalesce({row}.team_id, {row}.owner_id, '')",),
        ("{row}.first_name", "{row}.last_name", "{row}.email", "{row}.work_number", "{row}.home_number",
         "{row}.cell_number"),
    ),
    Source(
        "call_logs", ("team_id", "caller", "caller_name", "did"), "{row}.id",
        ("'=l' || coalesce({row}.team_id, '')",), ("{row}.caller", "{row}.caller_name", "{row}.did"),
    ),
    Source(
        "recordings", ("team_id", "transcript"), "{row}.call_id", ("'=l' || coalesce({row}.team_id, '')",),
        (_TRANSCRIPT,),
    ),
    Source(
        "voicemails", ("team_id", "caller", "caller_name", "did", "transcript"), "{row}.id",
        ("'=v' || coalesce({row}.team_id, '')",),
        ("{row}.caller", "{row}.caller_name", "{row}.did", _TRANSCRIPT),
    ),
)  # fmt: skip

_SEARCH_WORDS = f"""CREATE FUNCTION search_words(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT coalesce(string_agg(
    CASE WHEN piece[1] ~ '^[{UNSPACED}]' THEN substr(piece[1], at, 2) ELSE left(piece[1], {LONGEST_WORD}) END,
    ' ' ORDER BY place, at), '')
FROM regexp_matches(fold_text(regexp_replace(left(value, {LONGEST_TEXT}), '{TAG}', ' ', 'g')),
    '[{UNSPACED}]+|[^{UNSPACED}{SEPARATORS}]+', 'g') WITH ORDINALITY AS found(piece, place),
    generate_series(1, CASE WHEN piece[1] ~ '^[{UNSPACED}]' THEN length(piece[1]) ELSE 1 END) AS at
$$"""
_LEXEMES = """CREATE FUNCTION search_lexemes(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT string_agg('''' || word || ''':' || least(place, 16383), ' ')::tsvector
FROM unnest(string_to_array(words, ' ')) WITH ORDINALITY AS found(word, place) WHERE word <> ''
$$"""
_FTS5 = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        words, content='search_entries', content_rowid='number', tokenize="ascii tokenchars '='", prefix='2 3')""",
    """CREATE TRIGGER search_entries_insert AFTER INSERT ON search_entries BEGIN
        INSERT INTO search_index (rowid, words) VALUES (NEW.number, NEW.words);
    END""",
    """CREATE TRIGGER search_entries_delete AFTER DELETE ON search_entries BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', OLD.number, OLD.words);
    END""",
    """CREATE TRIGGER search_entries_update AFTER UPDATE OF words ON search_entries WHEN OLD.words <> NEW.words BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', OLD.number, OLD.words);
        INSERT INTO search_index (rowid, words) VALUES (NEW.number, NEW.words);
    END""",
)
_TEXT_OF_TRANSCRIPT = {
    "sqlite": "json_extract({row}.transcript, '$.text')",
    "postgresql": "({row}.transcript ->> 'text')",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "search_entries",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True
        ),
        sa.Column("row_id", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("row_id", name=op.f("uq_search_entries_row_id")),
    )
    run = op.get_bind().exec_driver_sql
    if dialect == "postgresql":
        run(_SEARCH_WORDS)
        run(_LEXEMES)
        run("ALTER TABLE search_entries ADD COLUMN lexemes tsvector"
            " GENERATED ALWAYS AS (search_lexemes(words)) STORED")  # fmt: skip
        run("CREATE INDEX ix_search_entries_lexemes ON search_entries USING gin (lexemes)")
    else:
        for statement in _FTS5:
            run(statement)
    for source in _SOURCES:
        run(_fill(source, dialect))
        for statement in _postgresql(source) if dialect == "postgresql" else _sqlite(source):
            run(statement)
    for statement in _of_users(dialect):
        run(statement)


def _words(source: Source, row: str, dialect: str) -> str:
    """Return the SQL of an entry's words."""
    scopes = " || ' ' || ".join(source.scopes)
    texts = " || ' ' || ".join(f"coalesce({text}, '')" for text in source.texts)
    made = f"{scopes} || ' ' || search_words({texts})".replace(_TRANSCRIPT, _TEXT_OF_TRANSCRIPT[dialect])
    return made.format(row=row)


def _fill(source: Source, dialect: str) -> str:
    table = source.table
    return (
        "INSERT INTO search_entries (row_id, object_id, words)"
        f" SELECT {table}.id, {source.object.format(row=table)}, {_words(source, table, dialect)}"
        f" FROM {table} ORDER BY {table}.created_at"
    )


def _write(source: Source, dialect: str) -> tuple[str, str, str]:
    """Return what the triggers do at an insert, an update and a delete."""
    words = _words(source, "NEW", dialect)
    return (
        "INSERT INTO search_entries (row_id, object_id, words)"
        f" VALUES (NEW.id, {source.object.format(row='NEW')}, {words})",
        f"UPDATE search_entries SET words = {words} WHERE row_id = NEW.id",
        "DELETE FROM search_entries WHERE row_id = OLD.id",
    )


def _sqlite(source: Source) -> list[str]:
    table, (insert, update, delete) = source.table, _write(source, "sqlite")
    of = ", ".join(source.columns)
    return [
        f"CREATE TRIGGER {table}_found_insert AFTER INSERT ON {table} BEGIN {insert}; END",
        f"CREATE TRIGGER {table}_found_update AFTER UPDATE OF {of} ON {table} BEGIN {update}; END",
        f"CREATE TRIGGER {table}_found_delete AFTER DELETE ON {table} BEGIN {delete}; END",
    ]


def _postgresql(source: Source) -> list[str]:
    table, (insert, update, delete) = source.table, _write(source, "postgresql")
    of = ", ".join(source.columns)
    return [
        f"""CREATE FUNCTION {table}_found() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'INSERT' THEN {insert}; ELSIF TG_OP = 'UPDATE' THEN {update}; ELSE {delete}; END IF;
            RETURN NULL;
        END $$""",
        f"CREATE TRIGGER {table}_found AFTER INSERT OR UPDATE OF {of} OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_found()",
    ]


def _of_users(dialect: str) -> list[str]:
    """A user's name stands in the entries of their memberships."""
    words = _words(_SOURCES[0], "member", dialect)
    update = (
        "UPDATE search_entries SET words ="
        f" (SELECT {words} FROM team_users AS member WHERE member.id = search_entries.row_id)"
        " WHERE row_id IN (SELECT id FROM team_users WHERE user_id = NEW.id)"
    )
    of = "first_name, last_name, email"
    if dialect == "sqlite":
        return [f"CREATE TRIGGER users_found AFTER UPDATE OF {of} ON users BEGIN {update}; END"]
    return [
        f"CREATE FUNCTION users_found() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {update}; RETURN NULL; END $$",
        f"CREATE TRIGGER users_found AFTER UPDATE OF {of} ON users FOR EACH ROW EXECUTE FUNCTION users_found()",
    ]


def downgrade() -> None:
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "postgresql":
        for table in ("users", *(source.table for source in _SOURCES)):
            run(f"DROP FUNCTION {table}_found() CASCADE")
        op.drop_table("search_entries")
        run("DROP FUNCTION search_lexemes(text)")
        run("DROP FUNCTION search_words(text)")
        return
    run("DROP TRIGGER users_found")
    for source in _SOURCES:
        for event in ("insert", "update", "delete"):
            run(f"DROP TRIGGER {source.table}_found_{event}")
    run("DROP TABLE search_index")
    op.drop_table("search_entries")
