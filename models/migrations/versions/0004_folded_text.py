"""Search and order of texts without case and accents."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As `switchroom.texts.fold`, which SQLite calls itself. `und-x-icu` is ICU's lower case, the same in every locale.
FUNCTION = r"""
CREATE FUNCTION fold_text(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT normalize(
    replace(replace(replace(
        translate(
            lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u0344\u0346-\u036F]', '', 'g') COLLATE "und-x-icu"),
            U&'\03C2\00F8\0111\0127\0131\0142\0345',
            U&'\03C3odhil\03B9'
        ),
        U&'\00DF', 'ss'), U&'\00E6', 'ae'), U&'\0153', 'oe'),
    NFKC)
$$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION fold_text(text)")
