# SPDX-License-Identifier: BSD-3-Clause
# Builds the vDSO, a shared object that the kernel carries as data.
set(VDSO_SOURCE ${CMAKE_CURRENT_LIST_DIR}/vdso.cc)
set(VDSO_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/vdso.ld)
set(VDSO_IMAGE ${CMAKE_CURRENT_BINARY_DIR}/vdso.so)
add_custom_command(
  OUTPUT ${VDSO_IMAGE}
  COMMAND ${CMAKE_CXX_COMPILER} -std=gnu++2b -O2 -march=x86-64 -mgeneral-regs-only -fPIC
          -ffreestanding -fno-exceptions -fno-rtti -fno-stack-protector -fomit-frame-pointer
          -fasynchronous-unwind-tables -Wall -Wextra
          -I${CMAKE_CURRENT_SOURCE_DIR} -I${CMAKE_CURRENT_SOURCE_DIR}/arch/${OSPREY_ARCH}
          -shared -nostdlib -Wl,-T,${VDSO_SCRIPT} -Wl,-soname,linux-vdso.so.1
          -Wl,--hash-style=both -Wl,--build-id=none -Wl,--eh-frame-hdr -Wl,-Bsymbolic
          -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,-s
          ${VDSO_SOURCE} -o ${VDSO_IMAGE}
  DEPENDS ${VDSO_SOURCE} ${VDSO_SCRIPT}
          ${CMAKE_CURRENT_SOURCE_DIR}/arch/${OSPREY_ARCH}/arch/vdso.hh
  COMMENT "vDSO")
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/vdso_image.S PROPERTIES
  OBJECT_DEPENDS ${VDSO_IMAGE} COMPILE_OPTIONS -Wa,-I${CMAKE_CURRENT_BINARY_DIR})
