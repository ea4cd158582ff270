# Sourced by tests/run and .ci/run: what they need of a machine, installed where it is missing.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# need PROGRAM PACKAGE: the Debian package that brings the program
need() {
  command -v "$1" >/dev/null || install_package "$2" "$1"
}

# install_package PACKAGE WHAT: the Debian package, for the sake of that
install_package() {
  if ! command -v apt-get >/dev/null; then
    echo "$0: $2 is missing and there is no apt-get; what needs it fails or is skipped" >&2
    return
  fi
  echo "$0: installing $1 for $2" >&2
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq && as_root apt-get install -qq -y --no-install-recommends "$1" >/dev/null ||
    echo "$0: $1 cannot be installed; what needs $2 fails or is skipped" >&2
}

# need_venv: Debian's python3 makes environments only with a package of its own
need_venv() {
  python3 -c 'import ensurepip' 2>/dev/null && return
  install_package python3-venv "environments of python3"
}

# need_cargo COMMAND COMPONENT: the rustup component that brings the cargo command
need_cargo() {
  cargo "$1" --version >/dev/null 2>&1 && return
  echo "$0: installing $2 for cargo $1" >&2
  rustup component add "$2"
}
