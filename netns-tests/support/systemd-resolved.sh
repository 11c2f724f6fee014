#!/bin/sh
# Runs systemd-resolved as no part of a booted system: in this mount namespace /run is its own, without a message bus, and
# it has the account that its package would have made. Usage: systemd-resolved.sh FOLDER [SETTING...]; its program and
# library are in FOLDER, the settings go into section [Resolve] of resolved.conf(5).
set -eu
folder=$1
shift
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/resolved.conf.d
{ echo '[Resolve]' && printf '%s\n' "$@"; } >/run/systemd/resolved.conf.d/lab.conf
for table in passwd group; do cp "/etc/$table" /run/; done
echo 'systemd-resolve:x:64999:64999::/:/usr/sbin/nologin' >>/run/passwd
echo 'systemd-resolve:x:64999:' >>/run/group
for table in passwd group; do mount --bind "/run/$table" "/etc/$table"; done
export LD_LIBRARY_PATH="$folder" SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console
exec "$folder/systemd-resolved"
