# Sourced by tests/run and .ci/run: what they need of a machine, installed where it is missing.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# need PROGRAM PACKAGE: the Debian package that brings the program
need() {
  command -v "$1" >/dev/null && return
  if ! command -v apt-get >/dev/null; then
    echo "$0: $1 is missing and there is no apt-get; what needs it fails or is skipped" >&2
    return
  fi
  echo "$0: installing $2 for $1" >&2
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq && as_root apt-get install -qq -y --no-install-recommends "$2" >/dev/null ||
    echo "$0: $2 cannot be installed; what needs $1 fails or is skipped" >&2
}

# need_cargo COMMAND COMPONENT: the rustup component that brings the cargo command
need_cargo() {
  cargo "$1" --version >/dev/null 2>&1 && return
  echo "$0: installing $2 for cargo $1" >&2
  rustup component add "$2"
}
