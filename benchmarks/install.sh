#!/bin/sh
# Installs what the benchmark compares with and measures by, from Debian's packages.
# Does nothing where all of it is there; needs root otherwise.
set -eu

missing=
[ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
[ -x /usr/sbin/apache2 ] || missing="$missing apache2-bin"
[ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] ||
    missing="$missing libapache2-mod-auth-openidc"
command -v wrk >/dev/null || missing="$missing wrk"

[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "make bench needs:$missing (as root on Debian: apt-get install$missing)" >&2
    exit 1
fi

# The packages would start their servers; the benchmark starts its own.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list of words
apt-get install -q -y --no-install-recommends $missing
