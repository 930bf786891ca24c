#!/bin/bash
# run.sh HOME_DIR                    run the instance in the foreground (SIGTERM ends it)
# run.sh HOME_DIR -rx "core show .." run a CLI command on the running instance
#
# Asterisk runs as its own user in a private mount namespace, in which it sees
#   - HOME_DIR as /mnt, where nothing can be executed;
#   - of its modules only those of modules.conf;
#   - no shell or other program: /usr/bin is empty, and Asterisk is the only file in /usr/sbin. AMI's class `agi` can
#     run programs by design (AGI, MixMonitor's command, ...), but there are none.
# All mounts disappear when the process ends.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh HOME_DIR [asterisk arguments]" >&2; exit 2; }
INSTANCE=$(cd "$1" && pwd)
shift
[ -e "$INSTANCE/etc/asterisk.conf" ] || { echo "run.sh: $INSTANCE/etc is not rendered" >&2; exit 2; }

if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "run.sh: needs root (remedy: run it as root)" >&2; exit 1; }
  exec sudo --preserve-env=SWITCHROOM_CACHE,XDG_CACHE_HOME,HOME "$HERE/run.sh" "$INSTANCE" "$@"
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

mount --bind "$INSTANCE" "$ROOT/mnt"
mount -o remount,bind,nosuid,nodev,noexec "$ROOT/mnt"
if [ -n "$ROOT" ]; then
  mount -t proc proc "$ROOT/proc"
  mount --rbind /dev "$ROOT/dev"
fi
ARGUMENTS=(-C /mnt/etc/asterisk.conf)
if [ $# -gt 0 ]; then
  ARGUMENTS+=("$@")
else
  ARGUMENTS+=(-f -n -U asterisk -G asterisk)
  # The spool stays readable for the worker, which may run as another user of the group.
  chown -R "$IDS" "$INSTANCE"/{lib,log,run,spool}
  chown "0:${IDS#*:}" "$INSTANCE" "$INSTANCE/etc" "$INSTANCE"/etc/*
  chmod 750 "$INSTANCE" "$INSTANCE/etc"
  chmod 640 "$INSTANCE"/etc/*
  # Asterisk looks up the machine's own name. Without an answer each call waits for DNS.
  { cat /etc/hosts; echo "127.0.0.1 localhost $(uname -n)"; } >"$INSTANCE/lib/hosts"
  touch "$ROOT/etc/hosts" "$ROOT/etc/resolv.conf"
  mount --bind "$INSTANCE/lib/hosts" "$ROOT/etc/hosts"
  if [ -n "$ROOT" ] && [ -e /etc/resolv.conf ]; then
    mount --bind "$(readlink -f /etc/resolv.conf)" "$ROOT/etc/resolv.conf"
  fi
fi

# Build the new module and program folders on a private tmpfs. Then mount them over the old ones.
STAGE="$ROOT/media"
mount -t tmpfs -o mode=755,size=64m tmpfs "$STAGE"
mkdir "$STAGE/modules" "$STAGE/sbin" "$STAGE/bin"
for module in $(sed -nE 's/^load = (.*\.so)$/\1/p' "$INSTANCE/etc/modules.conf"); do
  if [ -e "$MODULES/$module" ]; then cp "$MODULES/$module" "$STAGE/modules/"; fi
done
cp "$ROOT$BINARY" "$STAGE/sbin/asterisk"
CHROOT=$(command -v chroot)
mount --bind "$STAGE/modules" "$MODULES"
mount --bind "$STAGE/sbin" "$ROOT$(dirname "$BINARY")"
if [ -n "$ROOT" ]; then
  mount --bind "$STAGE/bin" "$ROOT/usr/bin"
  umount -l "$STAGE"
  exec "$CHROOT" "$ROOT" "$BINARY" "${ARGUMENTS[@]}"
fi
# From here on Asterisk is the only program. Use shell built-ins only.
mount --bind "$STAGE/bin" /usr/bin
exec "$BINARY" "${ARGUMENTS[@]}"
