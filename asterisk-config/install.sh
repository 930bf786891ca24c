#!/bin/bash
# Find or install an Asterisk (18 or newer) and install our sounds. Print each step. Skip what is already done.
#   install.sh           install what is needed
#   install.sh --facts   print name=value lines of what is installed (fails if no Asterisk is installed)
# Order: an asterisk on the PATH; the distribution's package; a Debian root file system in the cache folder.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
SUITE=forky
PACKAGES=asterisk,asterisk-core-sounds-en-wav,asterisk-moh-opsound-wav
CACHE="${SWITCHROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/switchroom}"
ROOT="$CACHE/asterisk-root"
MARK="$ROOT/.switchroom-complete"

say() { echo "asterisk: $*"; }
fail() { echo "asterisk: $1" >&2; echo "  remedy: $2" >&2; exit 1; }

version_of() { # print the version of asterisk in root file system $1 (empty: the host's). Print nothing if there is none
  local text
  if [ -n "$1" ]; then
    [ -x "$1/usr/sbin/asterisk" ] || return 0
    if [ "$(id -u)" != 0 ]; then # only root may change into it: ask its package manager
      sed -nE '/^Package: asterisk$/,/^$/ s/^Version: ([0-9]+:)?([0-9]+\.[0-9]+).*/\2/p' "$1/var/lib/dpkg/status"
      return 0
    fi
    text=$(chroot "$1" /usr/sbin/asterisk -V 2>/dev/null || true)
  else
    text=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" asterisk -V 2>/dev/null || true)
  fi
  sed -nE 's/^Asterisk (certified[-\/ ])?([0-9]+\.[0-9]+).*/\2/p' <<<"$text"
}

usable() { [ -n "$1" ] && [ "${1%%.*}" -ge 18 ]; }

root_is_complete() {
  [ -e "$MARK" ] && return 0
  if usable "$(version_of "$ROOT")" 2>/dev/null && [ -d "$ROOT/usr/share/asterisk/moh" ]; then
    touch "$MARK"
    return 0
  fi
  return 1
}

facts() {
  local root="" version modules data
  version=$(version_of "")
  if ! usable "$version"; then
    root="$ROOT"
    root_is_complete || fail "no Asterisk is installed" "run asterisk-config/install.sh as root"
    version=$(version_of "$root")
  fi
  modules=$(cd "${root:-/}" && ls -d usr/lib/*/asterisk/modules usr/lib/asterisk/modules 2>/dev/null || true)
  modules=${modules%%$'\n'*}
  data=usr/share/asterisk
  [ -d "${root:-}/$data/sounds" ] || data=var/lib/asterisk
  printf '%s\n' "root=$root" "version=$version" "module_dir=/$modules" "data_dir=/$data" \
    "binary=$(if [ -n "$root" ]; then echo /usr/sbin/asterisk; else PATH="$PATH:/usr/sbin" command -v asterisk; fi)"
}

need_root() {
  [ "$(id -u)" = 0 ] || fail "installing Asterisk needs root" "run it as root, or: sudo $0"
}

apt_has_asterisk() {
  command -v apt-cache >/dev/null || return 1
  apt-cache policy asterisk 2>/dev/null | grep -Eq 'Candidate: (.*:)?(1[89]|[2-9][0-9])\.'
}

install_package() {
  say "installing the distribution's package"
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends \
    asterisk asterisk-core-sounds-en-wav asterisk-moh-opsound-wav >"$CACHE/install.log" 2>&1 ||
    fail "apt-get could not install asterisk (log: $CACHE/install.log)" "run 'apt-get update' and try again"
  command -v systemctl >/dev/null && systemctl disable --now asterisk >/dev/null 2>&1 || true
}

mirror() { # print the Debian mirror of this machine's apt. Print nothing if it is no Debian or names no mirror
  grep -qx 'ID=debian' /etc/os-release || return 0
  local files=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
  sed -nE -e 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p' \
    -e 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' "${files[@]}" 2>/dev/null |
    { grep -E '^https?://' || true; } | { grep -v security || true; } | sed -n 1p
}

install_root() {
  if ! command -v debootstrap >/dev/null || [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    say "installing debootstrap"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      debootstrap debian-archive-keyring; } >"$CACHE/install.log" 2>&1 ||
      fail "debootstrap could not be installed (log: $CACHE/install.log)" \
        "install the package debootstrap, or an asterisk 18 or newer, by hand"
  fi
  # debootstrap may not know the suite yet. The script of unstable works too. It is added to a copy, so that the host's
  # package is not changed.
  local new="$ROOT.new" scripts="$CACHE/debootstrap"
  rm -rf "$new" "$scripts"
  cp -r /usr/share/debootstrap "$scripts"
  [ -e "$scripts/scripts/$SUITE" ] || ln -s sid "$scripts/scripts/$SUITE"
  say "making a Debian $SUITE root file system with Asterisk in $ROOT (about a minute, 570 MB)"
  # Use a separate mount namespace, so that a killed run leaves nothing mounted.
  # shellcheck disable=SC2046 # without a mirror there is no argument, and debootstrap uses its default
  DEBOOTSTRAP_DIR="$scripts" unshare --mount --propagation private \
    debootstrap --variant=minbase --include="$PACKAGES" "$SUITE" "$new" $(mirror) >"$CACHE/install.log" 2>&1 ||
    fail "debootstrap failed: $(tail -n 2 "$CACHE/install.log" | tr '\n' ' ')(log: $CACHE/install.log)" \
      "check the network and apt's mirror, then run this again (the next run removes unfinished files)"
  rm -rf "$new"/var/cache/apt/archives/*.deb "$scripts" "$ROOT"
  touch "$new/.switchroom-complete"
  mv "$new" "$ROOT"
}

sound_folder() { # print the folder of our sounds in the sound library, as the host sees it
  local found root folder
  found=$(facts)
  root=$(sed -n 's/^root=//p' <<<"$found")
  folder=$(sed -n 's/^data_dir=//p' <<<"$found")/sounds/en
  # The folder may be a link to a place inside the root file system.
  if [ -n "$root" ]; then folder=$(chroot "$root" readlink -m "$folder"); else folder=$(readlink -m "$folder"); fi
  echo "$root$folder/switchroom"
}

install_sounds() { # copy our sounds to the sound library. Keep a file that the operator has changed
  local source target mine place folder
  folder=$(sound_folder)
  for source in "$HERE"/sounds/en/switchroom/*.wav; do
    target="$folder/${source##*/}" mine="$folder/.as-installed/${source##*/}"
    cmp -s "$source" "$target" && cmp -s "$source" "$mine" && continue
    [ ! -e "$target" ] || cmp -s "$target" "$source" || cmp -s "$target" "$mine" || continue
    need_root
    say "installing the sound switchroom/${source##*/}"
    for place in "$target" "$mine"; do
      install -D -m 644 "$source" "$place.$$"
      mv "$place.$$" "$place"
    done
  done
}

if [ "${1:-}" = --facts ]; then
  facts
  exit 0
fi
if usable "$(version_of "")"; then
  say "using the host's Asterisk $(version_of "")"
  install_sounds
  exit 0
fi
if root_is_complete; then
  say "using $ROOT"
  install_sounds
  exit 0
fi
need_root
mkdir -p "$CACHE"
exec 9>"$CACHE/install.lock"
flock -n 9 || { say "waiting for another installation"; flock 9; }
if root_is_complete || usable "$(version_of "")"; then
  say "another run has installed Asterisk"
  install_sounds
  exit 0
fi
if apt_has_asterisk; then install_package; else install_root; fi
install_sounds
say "installed Asterisk $(facts | sed -n 's/^version=//p')"
