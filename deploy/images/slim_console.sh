#!/bin/sh
# slim_console.sh STANDALONE: takes away what Next.js puts beside a standalone server and the console never opens: the image resizer (no page has an image of
# Next's), source maps of the server.
set -eu
cd "$1"
rm -rf node_modules/@img node_modules/sharp
find . -name '*.map' -delete
