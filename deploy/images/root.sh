#!/bin/sh
# root.sh TARGET PATH... [-- OTHER...]: gathers a root file system in which the programs and libraries below the PATHs and OTHERs run: the PATHs themselves,
# the shared libraries that they and the OTHERs are linked with, certificates, time zones, one user. No shell, no package manager.
# Debian's packages that a library came from are noted as distroless images note them (var/lib/dpkg/status.d), so that scanners of images see them.
set -eu
target=$1
shift
mkdir -p "$target/usr/bin" "$target/usr/sbin" "$target/usr/lib" "$target/usr/lib64" "$target/etc/ssl/certs" "$target/usr/lib/ssl" "$target/usr/share" \
  "$target/var/lib/dpkg/status.d" "$target/var/lib/minixdr/models" "$target/var/cache" "$target/home" "$target/proc" "$target/sys" "$target/dev" "$target/tmp"
chmod 1777 "$target/tmp"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$target/$name"; done

copied=yes
for path in "$@"; do
  [ "$path" != -- ] || { copied=no; continue; }
  [ "$copied" = yes ] || continue
  mkdir -p "$target$(dirname "$path")"
  cp -a "$path" "$target$(dirname "$path")/"
done

# A library with its own folder's neighbours (RPATH) finds those itself; what comes from the system's folders is copied under the name it is asked by.
libraries=$(mktemp)
for path in "$@"; do
  [ "$path" = -- ] || find "$path" -type f \( -name '*.so' -o -name '*.so.*' -o -perm -u+x \) -exec sh -c 'for file; do ldd "$file" 2>/dev/null || true; done' - {} +
done >"$libraries"
absent=$(awk '/not found/ {print $1}' "$libraries" | sort -u)
[ -z "$absent" ] || { echo "the base image lacks libraries that programs in it are linked with: $absent" >&2; exit 1; }
{ awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' "$libraries"; ls /lib/*/libgcc_s.so.1 /lib/*/libnss_dns.so.2 /lib/*/libnss_files.so.2 /lib/*/libresolv.so.2; } |
  grep -E '^(/usr)?/lib(64)?/|^/usr/local/lib/lib' | sort -u |
  while read -r library; do
    case $library in /usr/*) place=$library ;; *) place=/usr$library ;; esac
    [ -e "$target$place" ] || { mkdir -p "$target$(dirname "$place")" && cp -L "$library" "$target$place"; }
    real=$(readlink -f "$library")
    printf '%s\n%s\n' "$real" "${real#/usr}" >>"$libraries.real" # the package may list it by its place of before /usr was merged
  done

printf '/usr/local/lib\n/usr/lib/x86_64-linux-gnu\n' >"$target/etc/ld.so.conf"
ldconfig -r "$target"

cp /etc/ssl/certs/ca-certificates.crt "$target/etc/ssl/certs/"
ln -s /etc/ssl/certs/ca-certificates.crt "$target/usr/lib/ssl/cert.pem"
ln -s /etc/ssl/certs "$target/usr/lib/ssl/certs"
cp -a /usr/share/zoneinfo "$target/usr/share/"
rm -rf "$target/usr/share/zoneinfo/right" "$target/usr/share/zoneinfo/posix" # the same zones again, with leap seconds and without
cp /etc/os-release /etc/debian_version "$target/etc/"
echo 'minixdr:x:10001:10001:Mini-XDR:/tmp:/sbin/nologin' >"$target/etc/passwd"
echo 'minixdr:x:10001:' >"$target/etc/group"
printf 'hosts: files dns\n' >"$target/etc/nsswitch.conf"
[ ! -e /etc/protocols ] || cp /etc/protocols /etc/services "$target/etc/"

for package in $( { xargs dpkg-query --search <"$libraries.real" 2>/dev/null | cut -d: -f1; echo ca-certificates; echo tzdata; echo base-files; } | sort -u); do
  dpkg-query --status "$package" >"$target/var/lib/dpkg/status.d/$package" 2>/dev/null || rm -f "$target/var/lib/dpkg/status.d/$package"
done
rm -f "$libraries" "$libraries.real"
