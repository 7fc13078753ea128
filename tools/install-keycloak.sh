#!/usr/bin/env bash
# The pinned Keycloak distribution, by an ordinary Maven client. Needs Java 17+, mvn and unzip.
# Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
version=26.7.0
sha256=e63bd0167199c0092b8a4d22cc137e6b7a70e0089070f6f7799b1be504b69a8a
dest=$TOOLS_DIR/keycloak

fetch() {
  mvn -q -B -Dmaven.repo.local="$TOOLS_DIR/m2" dependency:get -Dtransitive=false \
    -Dartifact="org.keycloak:keycloak-quarkus-dist:$version:zip"
}

install_packages() {
  local packages=()
  command -v java > /dev/null || packages+=(default-jre-headless)
  command -v mvn > /dev/null || packages+=(maven)
  command -v unzip > /dev/null || packages+=(unzip)
  if ((${#packages[@]})); then apt_install "${packages[@]}"; fi
  needs_commands java mvn unzip sha256sum
}

if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  install_packages
  try_thrice fetch
  zip=$TOOLS_DIR/m2/org/keycloak/keycloak-quarkus-dist/$version/keycloak-quarkus-dist-$version.zip
  echo "$sha256  $zip" | sha256sum -c --quiet - || fail 65 'the checksum of Keycloak differs'
  tmp=$(mktemp -d "$TOOLS_DIR/.keycloak.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  unzip -q "$zip" -d "$tmp"
  rm -rf "$dest" "$zip" # 176 MB that are not needed any more
  mv "$tmp/keycloak-$version" "$dest"
  printf '%s\n' "$version" > "$dest/.complete"
fi
echo "$dest"
