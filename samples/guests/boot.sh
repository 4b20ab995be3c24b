#!/usr/bin/env bash
# Boots one guest with vhost-user devices and runs one script in it, here in the terminal.
#
#   boot.sh [option …] SCRIPT
#
#   SCRIPT              a name from scripts/ (quickstart, blk-basic, rng, shell …) or a file of your own
#   --blk SOCKET        a disk; the first becomes vda, the next vdb …
#   --rng SOCKET        a random source
#   --device TYPE=SOCKET  any other vhost-user device QEMU has a front end for (TYPE as in vhost-user-TYPE-pci)
#   --set NAME=VALUE    a variable for the script
#   --cpus N            2 if not given; a disk uses at most as many queues
#   --memory MIB        512 if not given
#   --packed            packed virtqueues for the devices that follow
#   --queues N          N queues for the disks that follow
#   --newer, --newest   QEMU 10.0 or 11 and kernel 6.12 (see prepare.sh); needs root
#   --kvm               KVM in place of emulation, where it works
#
# What is missing is fetched first (prepare.sh). Ends with 0 only if the script said that all went well.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"

flavour=stock accelerator=(-accel tcg -cpu max) cpus=2 memory=512 packed="" queues="" script=""
devices=() folders="" variables=() count=0

# assignment NAME VALUE: as any shell reads it
assignment() {
  local quote="'\\''"
  printf "%s='%s'\n" "$1" "${2//\'/$quote}"
}

# device FRONT_END SOCKET PROPERTIES
device() {
  [ -S "$2" ] || die "there is no socket at $2; is the daemon running?"
  local socket
  socket="$(realpath "$2")"
  devices+=(-chardev "socket,id=socket$count,path=$socket" -device "vhost-user-$1-pci,chardev=socket$count$3$packed")
  folders="$folders:$(dirname "$socket")"
  count=$((count + 1))
}

usage() {
  sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  exit "$1"
}

while [ $# -gt 0 ]; do
  case "$1" in
    --blk | --rng | --device | --set | --cpus | --memory | --queues)
      [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case "$1" in
    --blk) device blk "$2" "$queues"; shift ;;
    --rng) device rng "$2" ""; shift ;;
    --device) device "${2%%=*}" "${2#*=}" ""; shift ;;
    --set) variables+=("$(assignment "${2%%=*}" "${2#*=}")"); shift ;;
    --cpus) cpus="$2"; shift ;;
    --memory) memory="$2"; shift ;;
    --packed) packed=",packed=on" ;;
    --queues) queues=",num-queues=$2"; shift ;;
    --newer | --newest) flavour="${1#--}" ;;
    --kvm) accelerator=(-accel kvm -cpu host) ;;
    -h | --help) usage 0 ;;
    -*) die "unknown option $1; see boot.sh --help" ;;
    *) script="$1" ;;
  esac
  shift
done
[ -n "$script" ] || usage 2 >&2
[ -e "$script" ] || script="$here/scripts/$script.sh"
[ -e "$script" ] || die "there is no script $script; there are: $(cd "$here/scripts" && echo *.sh)"

if [ "$flavour" = stock ] && ! grep -q need_device_tools "$script"; then
  "$here/prepare.sh"
else
  "$here/prepare.sh" "--$flavour"
fi
property() { sed -n "s/^$1=//p" "$CACHE/$flavour/guest.properties"; }

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
{
  assignment SCRIPT "$(basename "$script" .sh)"
  printf '%s\n' "${variables[@]}"
} >"$work/arguments"
cp "$script" "$work/script"
cp "$here/scripts/runner.sh" "$work/runner"
initrd="$(property initrd)"
! grep -q 'fio ' "$script" || initrd="$(property initrd-fio)"
if grep -q need_device_tools "$script"; then
  cat "$initrd" "$(property initrd-devices)" >"$work/initrd"
  initrd="$work/initrd"
fi

say "booting; the machine is emulated unless --kvm is given, so allow it some seconds"
# shellcheck disable=SC2054  # these commas are QEMU's
command=("$(property qemu)" -machine q35 "${accelerator[@]}" -smp "$cpus" -m "$memory"
  -object "memory-backend-memfd,id=memory,size=${memory}M,share=on" -numa node,memdev=memory
  -no-user-config -nodefaults -display none -no-reboot
  -kernel "$(property kernel)" -initrd "$initrd" -append 'console=ttyS1 quiet panic=-1'
  -serial stdio -serial "file:$work/kernel.log")
for part in runner script arguments; do
  command+=(-fw_cfg "name=opt/dev.troupe/$part,file=$work/$part")
done
status=0
TROUPE_GUEST_FOLDERS="$work$folders" "${command[@]}" "${devices[@]}" | tee "$work/console" || status=$?
if [ "$status" != 0 ] || ! grep -q '^TROUPE-OK ' "$work/console"; then
  echo >&2
  say "the guest did not say that all went well; its kernel's last lines:"
  tail -n 20 "$work/kernel.log" >&2 || true
  exit 1
fi
