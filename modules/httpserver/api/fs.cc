// SPDX-License-Identifier: BSD-3-Clause
#include <base/error.hh>
#include <base/mounts.hh>
#include <http/routes.hh>

namespace osprey::rest {

namespace {

json describe(const mounted& m) {
    return {{"filesystem", m.device},   {"mount", m.path},   {"btotal", m.blocks},
            {"bfree", m.free_blocks},   {"ftotal", m.files}, {"ffree", m.free_files},
            {"blocksize", m.block_size}};
}

reply list_mounts(call&) {
    json list = json::array();
    for (const mounted& m : read_mounts()) {
        list.push_back(describe(m));
    }
    return list;
}

reply get_mount(call& c) {
    const std::string path = c.text("mount");
    for (const mounted& m : read_mounts()) {
        if (m.path == path) {
            return json::array({describe(m)});
        }
    }
    throw api_error{404, "mount does not exist"};
}

}  // namespace

api fs_api() {
    return {
        "fs",
        "FS core API",
        {
            {"GET", "/fs/df", "listDf", "Use of all filesystems", "[DFStat]", list_mounts},
            {"GET",
             "/fs/df/{mount...}",
             "getDf",
             "Use of one filesystem",
             "[DFStat]",
             get_mount,
             {{"mount", "Where it is mounted", true, "string", parameter::kind::path}}},
        },
        {{"DFStat",
          {{"filesystem", "string", "Device"},
           {"mount", "string", "Where it is mounted"},
           {"btotal", "integer", "Blocks"},
           {"bfree", "integer", "Free blocks"},
           {"ftotal", "integer", "Files that there can be"},
           {"ffree", "integer", "Files that there can be besides those that there are"},
           {"blocksize", "integer", "Bytes of a block"}}}},
    };
}

}  // namespace osprey::rest
