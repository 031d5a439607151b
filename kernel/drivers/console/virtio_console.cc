// SPDX-License-Identifier: BSD-3-Clause
#include <drivers/virtio/devices.hh>

namespace osprey::drivers::virtio {

result<void> attach_console(transport&) noexcept {
    return errc::not_supported;
}

}  // namespace osprey::drivers::virtio
