#!/usr/bin/env bash
# The Redis server of this Debian release, taken out of its packages and not installed: nothing of
# the machine is changed and no service starts. Tried with 7.0. Prints its folder, whose `redis-server`
# and `redis-cli` run as they are (`--sentinel` makes a Sentinel); the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/redis
if [[ ! -e $dest/.complete ]]; then
  rm -rf "$dest"
  # The server is in redis-tools, under the name of one of its tools; the rest are its libraries.
  unpack_debian "$dest" redis-tools libjemalloc2 liblzf1 libatomic1
  libraries=$(cd "$dest" && find usr/lib -name 'liblzf.so.1' -printf '%h\n' -quit)
  while read -r name binary; do
    cat > "$dest/$name" << END
#!/bin/bash
here=\$(dirname "\$(readlink -f "\$0")")
LD_LIBRARY_PATH=\$here/$libraries exec -a $name "\$here/usr/bin/$binary" "\$@"
END
    chmod 755 "$dest/$name"
  done <<< $'redis-server redis-check-rdb\nredis-cli redis-cli'
  "$dest/redis-server" --version
  touch "$dest/.complete"
fi
echo "$dest"
