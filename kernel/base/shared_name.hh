// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <string_view>

namespace osprey {

/// An immutable text that many holders share: path names of mappings and executables.
class shared_name final : public ref_counted<shared_name> {
public:
    static result<refptr<shared_name>> create(std::string_view text) noexcept {
        char* copy = static_cast<char*>(allocate(text.size() + 1, 1));
        if (!copy)
            return errc::out_of_memory;
        for (usize i = 0; i < text.size(); ++i)
            copy[i] = text[i];
        copy[text.size()] = '\0';
        auto* name = new (std::nothrow) shared_name(copy, text.size());
        if (!name) {
            deallocate(copy, text.size() + 1);
            return errc::out_of_memory;
        }
        return refptr<shared_name>::adopt(name);
    }
    ~shared_name() { deallocate(text_, size_ + 1); }
    [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }

private:
    shared_name(char* text, usize size) noexcept : text_{text}, size_{size} {}
    char* text_;
    usize size_;
};

}  // namespace osprey
