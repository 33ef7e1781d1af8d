#!/bin/sh
# slim_standard_library.sh: takes away what installs, develops and teaches from Python's standard library, and symbols that are there for debuggers only;
# compiles the rest once, for an image is read only.
set -eu
cd "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
rm -rf site-packages/* ensurepip idlelib tkinter turtledemo lib2to3 distutils pydoc_data test config-* lib-dynload/_tkinter.* lib-dynload/nis.*
find . -name __pycache__ -prune -exec rm -rf {} +
find . -name '*.so' -exec strip --strip-unneeded {} +
find .. -maxdepth 1 -name 'libpython*.so*' -type f -exec strip --strip-unneeded {} +
python3 -m compileall -q --invalidation-mode unchecked-hash .
