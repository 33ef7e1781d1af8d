#!/bin/sh
# Makes sure that there is a Chromium for the browser tests: CHROMIUM, or Debian's package.
set -eu
chromium="${CHROMIUM:-/usr/bin/chromium}"
[ -x "$chromium" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Debian's package chromium for the browser tests"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null || true
fi
[ -x "$chromium" ] && exit 0
echo "The browser tests need Chromium, and $chromium is missing." >&2
echo "Install it (Debian and Ubuntu: apt-get install chromium), or set CHROMIUM to the path of a Chromium or Chrome." >&2
exit 1
