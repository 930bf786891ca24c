#!/bin/bash
# run.sh HOME_DIR                    run the instance in the foreground (SIGTERM ends it)
# run.sh HOME_DIR -rx "core show .." run a CLI command on the running instance
#
# Asterisk runs as its own user, with the group of HOME_DIR, in a private mount namespace, in which it sees
#   - HOME_DIR as /mnt, where nothing can be executed;
#   - of its modules only those of modules.conf;
#   - no shell or other program: /usr/bin is empty, and Asterisk is the only file in /usr/sbin. AMI's class `agi` can
#     run programs by design (AGI, MixMonitor's command, ...), but there are none.
# All mounts disappear when the process ends.
set -euo pipefail
umask 022

HERE=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh HOME_DIR [asterisk arguments]" >&2; exit 2; }
INSTANCE=$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")
shift
# HOME_DIR may belong to a user who is not root. So no link is followed there, and from here on the folder is meant by
# ".", which nobody can replace by another.
cd "$INSTANCE"
[ "$(pwd -P)" = "$INSTANCE" ] || { echo "run.sh: $INSTANCE is a link" >&2; exit 2; }
[ -e etc/asterisk.conf ] || { echo "run.sh: $INSTANCE/etc is not rendered" >&2; exit 2; }

if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "run.sh: needs root (remedy: run it as root)" >&2; exit 1; }
  exec sudo --preserve-env=SWITCHROOM_CACHE,SWITCHROOM_OPEN_FILES,XDG_CACHE_HOME,HOME "$HERE/run.sh" "$INSTANCE" "$@"
fi
if [ -z "${SWITCHROOM_ASTERISK_NAMESPACE:-}" ]; then
  SWITCHROOM_ASTERISK_NAMESPACE=1 exec unshare --mount --propagation private "$HERE/run.sh" "$INSTANCE" "$@"
fi

FACTS=$("$HERE/install.sh" --facts)
fact() { sed -n "s/^$1=//p" <<<"$FACTS"; }
ROOT=$(fact root)
BINARY=$(fact binary)
MODULES="$ROOT$(fact module_dir)"
IDS=$(sed -nE 's/^asterisk:[^:]*:([0-9]+):([0-9]+):.*/\1:\2/p' "$ROOT/etc/passwd")
[ -n "$IDS" ] || { echo "run.sh: there is no user asterisk in $ROOT/etc/passwd" >&2; exit 1; }

# With the disks that are mounted in it: a spool may have a disk of its own.
mount --no-canonicalize --rbind . "$ROOT/mnt"
while read -r PLACE; do
  mount -o remount,bind,nosuid,nodev,noexec "$(printf %b "$PLACE")"
done < <(awk -v top="$ROOT/mnt" '$5 == top || index($5, top "/") == 1 {print $5}' /proc/self/mountinfo)
if [ -n "$ROOT" ]; then
  mount -t proc proc "$ROOT/proc"
  mount --rbind /dev "$ROOT/dev"
fi
# Build the new module and program folders, and files of ours, on a private tmpfs.
STAGE="$ROOT/media"
mount -t tmpfs -o mode=755,size=64m tmpfs "$STAGE"
mkdir "$STAGE/modules" "$STAGE/sbin" "$STAGE/bin"

ARGUMENTS=(-C /mnt/etc/asterisk.conf)
IDENTITY=()
if [ $# -gt 0 ]; then
  ARGUMENTS+=("$@")
else
  ARGUMENTS+=(-f -n)
  # Asterisk runs with the group of HOME: by it the engine and the workers share the spool. Root's is not lent.
  OWNER=${IDS%:*} GROUP=$(stat -c %g .)
  [ "$GROUP" != 0 ] || GROUP=${IDS#*:}
  if [ -n "$ROOT" ]; then
    # The number of the user asterisk in that file system may be another user's here.
    OWNER=$(id -u switchroom-asterisk 2>/dev/null || echo "$OWNER")
    IDENTITY=("--userspec=+$OWNER:+$GROUP" --groups=)
  fi
  UNPRIVILEGED=(--reuid="$OWNER" --regid="$GROUP" --clear-groups --no-new-privs)
  # What root rendered is given to the group. What another user rendered is theirs, and has the group already.
  if [ "$(stat -c %u .)" = 0 ]; then
    chgrp "$GROUP" .
    chmod 750 .
    chgrp -R "$GROUP" etc
  fi
  chown -R "$OWNER:$GROUP" lib log run spool
  # With Asterisk's rights: chmod follows a link that takes the place of a folder meanwhile.
  setpriv "${UNPRIVILEGED[@]}" find lib log run spool -type d -exec chmod 2770 {} +
  # Each call needs open files. Beyond the calls that they suffice for, Asterisk answers 503.
  ulimit -n "${SWITCHROOM_OPEN_FILES:-65536}" 2>/dev/null || ulimit -n "$(ulimit -Hn)"
  FILES=$(ulimit -n)
  [ "$FILES" != unlimited ] || FILES=1048576
  CALLS=$(((FILES - 150) / 14))
  [ "$CALLS" -ge 1 ] || { echo "run.sh: $FILES open files are too few (remedy: ulimit -n 65536)" >&2; exit 1; }
  ARGUMENTS+=(-M "$CALLS")
  echo "run.sh: $FILES open files: at most $CALLS calls at once" >&2
  # Asterisk looks up the machine's own name. Without an answer each call waits for DNS.
  { cat /etc/hosts; echo "127.0.0.1 localhost $(uname -n)"; } >"$STAGE/hosts"
  touch "$ROOT/etc/hosts" "$ROOT/etc/resolv.conf"
  mount --bind "$STAGE/hosts" "$ROOT/etc/hosts"
  if [ -n "$ROOT" ] && [ -e /etc/resolv.conf ]; then
    mount --bind "$(readlink -f /etc/resolv.conf)" "$ROOT/etc/resolv.conf"
  fi
fi

# Mount the new folders over the old ones.
for module in $(sed -nE 's/^load = ([a-z0-9_]+\.so)$/\1/p' etc/modules.conf); do
  if [ -e "$MODULES/$module" ]; then cp "$MODULES/$module" "$STAGE/modules/"; fi
done
cp "$ROOT$BINARY" "$STAGE/sbin/asterisk"
CHROOT=$(command -v chroot)
mount --bind "$STAGE/modules" "$MODULES"
mount --bind "$STAGE/sbin" "$ROOT$(dirname "$BINARY")"
# What Asterisk writes is for its group, too.
umask 007
if [ -n "$ROOT" ]; then
  mount --bind "$STAGE/bin" "$ROOT/usr/bin"
  umount -l "$STAGE"
  exec "$CHROOT" ${IDENTITY[@]+"${IDENTITY[@]}"} "$ROOT" "$BINARY" "${ARGUMENTS[@]}"
fi
# From here on Asterisk is the only program. Use shell built-ins only, and the one that was opened before. Asterisk is
# never root: its configuration, which it would read as root, may be another user's.
exec 9<"$(command -v setpriv)"
mount --bind "$STAGE/bin" /usr/bin
if [ -n "${UNPRIVILEGED:-}" ]; then
  exec /proc/self/fd/9 "${UNPRIVILEGED[@]}" "$BINARY" "${ARGUMENTS[@]}"
fi
exec "$BINARY" "${ARGUMENTS[@]}"
