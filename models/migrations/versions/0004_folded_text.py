"""Search and order of texts without case and accents."""

from alembic import op
from sqlalchemy import Connection, text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As `switchroom.texts.fold`, which SQLite calls itself.
FUNCTION = r"""
CREATE FUNCTION fold_text(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT normalize(
    replace(replace(replace(
        translate(
            lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u0344\u0346-\u036F]', '', 'g') COLLATE "{collation}"),
            U&'\03C2\00F8\0111\0127\0131\0142\0345',
            U&'\03C3odhil\03B9'
        ),
        U&'\00DF', 'ss'), U&'\00E6', 'ae'), U&'\0153', 'oe'),
    NFKC)
$$
"""
# They know the lower case of all letters, by Unicode and not by a language: ICU's, PostgreSQL's own, the C library's.
COLLATIONS = ("und-x-icu", "pg_c_utf8", "C.utf8", "C.UTF-8")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(FUNCTION.replace("{collation}", _collation(connection)))


def _collation(connection: Connection) -> str:
    """Return the first of the collations that the database has. Raises RuntimeError if it cannot fold texts."""
    encoding = connection.scalar(text("SELECT getdatabaseencoding()"))
    if encoding != "UTF8":
        raise RuntimeError(
            f"The database has the encoding {encoding}, and Switchroom needs UTF8: "
            "CREATE DATABASE switchroom ENCODING 'UTF8' TEMPLATE template0"
        )
    query = "SELECT collname FROM pg_collation WHERE collencoding IN (-1, pg_char_to_encoding('UTF8'))"
    present = set(connection.scalars(text(query)))
    for name in COLLATIONS:
        if name in present:
            return name
    raise RuntimeError(
        f"PostgreSQL has none of the collations {', '.join(COLLATIONS)}, and Switchroom needs one to search texts: "
        "use a PostgreSQL with ICU, or install the locale C.UTF-8 and run pg_import_system_collations('pg_catalog')"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION fold_text(text)")
