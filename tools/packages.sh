# shellcheck shell=bash
# Installing Debian packages, for tools/quickstart and tools/check.

# What it takes to build scardlab without its tests and to run the catalogue on the embedded target.
# shellcheck disable=SC2034
build_packages=(cmake ninja-build g++ pkg-config libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libexpected-dev
    libfmt-dev libpugixml-dev libpcsclite-dev libssl-dev)

# The machine lacks something: says what, and ends the script with status 3.
environment_lacks() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 3
}

# Installs those of the packages that are missing, and says so.
install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        environment_lacks "this script installs packages on Debian 12; elsewhere, see CMakePresets.json"
    fi
    local package missing=() as_root=()
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            environment_lacks "as root, install first: apt-get install ${missing[*]} (not root, and there is no sudo)"
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    "${apt[@]}" update || environment_lacks "apt-get update failed, see above"
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
        environment_lacks "apt-get could not install ${missing[*]}, see above"
}
