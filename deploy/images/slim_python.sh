#!/bin/sh
# slim_python.sh SITE_PACKAGES LISTS: takes away what no part of the platform opens (LISTS/python-leave-out.txt, and AWS services that are not in
# LISTS/aws-services.txt), and the symbols of libraries that are there for debuggers only.
set -eu
packages=$1
lists=$2
cd "$packages"
grep -vE '^(#|$)' "$lists/python-leave-out.txt" | while read -r glob _; do
  # shellcheck disable=SC2086 # a glob is meant to be one
  rm -rf -- $glob
done
# What compilers and editors read.
rm -rf ../../../include
find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.c' -o -name '*.h' \) -delete
# Rich colors Python and JSON in what it shows of an error; 500 more languages it does not.
find pygments/lexers -type f ! -name '__init__.py' ! -name '_mapping.py' ! -name 'python.py' ! -name 'special.py' ! -name 'data.py' -delete
cd botocore/data
for folder in */; do
  grep -qxF "${folder%/}" "$lists/aws-services.txt" || rm -rf -- "$folder"
done
find . -name 'examples-1.json*' -delete
for service in */; do # botocore takes the newest version of a service unless told otherwise, and nobody tells it
  find "$service" -mindepth 1 -maxdepth 1 -type d | sort | sed '$d' | xargs -r rm -rf --
done
cd "$packages"
# What lies in *.libs was laid out anew by auditwheel: strip breaks it.
find . -name '*.so*' -type f ! -path './*.libs/*' -exec strip --strip-unneeded {} +
