#!/usr/bin/env bash
# Builds what a distribution's kernel package leaves out, from the distribution's own source of that kernel: the drivers of
# virtio's gpio and i2c devices, the simulator of GPIO chips, and the kernel's own test of vsock, linked statically so that it
# runs in any guest.
#
#   build-modules.sh HEADERS SOURCE VERSION TREE
#
# HEADERS is the folder of linux-headers-VERSION, SOURCE the tar.xz file of linux-source-X. The results go into TREE:
# usr/lib/modules/VERSION/updates and usr/bin/vsock_test. Needs gcc, make, xz and the C library's static parts.
set -euo pipefail
headers="$1" source="$2" version="$3" tree="$4"

MODULES=(drivers/gpio/gpio-virtio.c drivers/i2c/busses/i2c-virtio.c)
# A kernel configured without gpio-sim is without simulated interrupts too; both together make one module.
SIMULATOR=(drivers/gpio/gpio-sim.c drivers/gpio/gpiolib.h kernel/irq/irq_sim.c)

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/linux" "$work/modules"
# Only what is needed of the 1.4 GB: the sources of the modules, and the test with the headers it includes.
tar -x -f "$source" --use-compress-program='xz -T0' -C "$work/linux" --strip-components=1 --wildcards \
  "${MODULES[@]/#/*/}" "${SIMULATOR[@]/#/*/}" '*/tools/testing/vsock' '*/tools/include'

for module in "${MODULES[@]}"; do
  cp "$work/linux/$module" "$work/modules/"
  echo "obj-m += $(basename "$module" .c).o" >>"$work/modules/Kbuild"
done
cp "${SIMULATOR[@]/#/$work/linux/}" "$work/modules/"
mv "$work/modules/gpio-sim.c" "$work/modules/chip.c"
# irq_to_desc() is for the kernel alone; what it finds, modules may find in another way.
sed -i -E 's/irq_to_desc\((\w+)\)/irq_data_to_desc(irq_get_irq_data(\1))/' "$work/modules/irq_sim.c"
printf '%s\n' 'obj-m += gpio-sim.o' 'gpio-sim-y := chip.o irq_sim.o' >>"$work/modules/Kbuild"
# Without type information for BPF, which takes a tool of its own.
make -s -C "$headers" M="$work/modules" CONFIG_DEBUG_INFO_BTF_MODULES= modules
make -s -C "$work/linux/tools/testing/vsock" LDFLAGS=-static vsock_test

mkdir -p "$tree/usr/lib/modules/$version/updates" "$tree/usr/bin"
cp "$work"/modules/*.ko "$tree/usr/lib/modules/$version/updates/"
cp "$work/linux/tools/testing/vsock/vsock_test" "$tree/usr/bin/"
