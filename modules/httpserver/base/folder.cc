// SPDX-License-Identifier: BSD-3-Clause
#include <dirent.h>
#include <base/folder.hh>

#include <algorithm>

namespace osprey::rest {

std::vector<folder_entry> read_folder(const std::string& path) {
    std::vector<folder_entry> entries;
    DIR* const open = ::opendir(path.c_str());
    if (!open) {
        return entries;
    }
    while (const dirent* entry = ::readdir(open)) {
        entries.push_back({entry->d_name, entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN});
    }
    ::closedir(open);
    std::ranges::sort(entries, {}, &folder_entry::name);
    return entries;
}

}  // namespace osprey::rest
