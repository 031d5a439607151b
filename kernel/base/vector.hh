// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/result.hh>
#include <cstring>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

namespace osprey {

/// A growing array on the kernel heap. Whatever allocates can fail and says so; moving is cheap,
/// copying does not exist. Context: as `allocate`.
template <typename T>
class vector {
public:
    constexpr vector() noexcept = default;
    vector(vector&& o) noexcept
        : data_{std::exchange(o.data_, nullptr)},
          size_{std::exchange(o.size_, 0)},
          capacity_{std::exchange(o.capacity_, 0)} {}
    vector& operator=(vector&& o) noexcept {
        std::swap(data_, o.data_);
        std::swap(size_, o.size_);
        std::swap(capacity_, o.capacity_);
        return *this;
    }
    vector(const vector&) = delete;
    ~vector() {
        clear();
        deallocate(data_, capacity_ * sizeof(T));
    }

    /// A copy of `from`.
    static result<vector> copy_of(std::span<const T> from) noexcept {
        vector v;
        TRY_VOID(v.append(from));
        return v;
    }

    [[nodiscard]] usize size() const noexcept { return size_; }
    [[nodiscard]] usize capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    T* data() noexcept { return data_; }
    const T* data() const noexcept { return data_; }
    T& operator[](usize i) noexcept { return data_[i]; }
    const T& operator[](usize i) const noexcept { return data_[i]; }
    T& front() noexcept { return data_[0]; }
    const T& front() const noexcept { return data_[0]; }
    T& back() noexcept { return data_[size_ - 1]; }
    const T& back() const noexcept { return data_[size_ - 1]; }
    T* begin() noexcept { return data_; }
    T* end() noexcept { return data_ + size_; }
    const T* begin() const noexcept { return data_; }
    const T* end() const noexcept { return data_ + size_; }
    std::span<T> span() noexcept { return {data_, size_}; }
    std::span<const T> span() const noexcept { return {data_, size_}; }

    /// Makes room for `wanted` elements in all.
    result<void> reserve(usize wanted) noexcept {
        if (wanted <= capacity_)
            return {};
        usize bytes;
        if (__builtin_mul_overflow(wanted, sizeof(T), &bytes))
            return errc::out_of_memory;
        T* fresh = static_cast<T*>(allocate(bytes, alignof(T)));
        if (!fresh)
            return errc::out_of_memory;
        relocate(data_, size_, fresh);
        deallocate(data_, capacity_ * sizeof(T));
        data_ = fresh;
        capacity_ = wanted;
        return {};
    }

    template <typename... Args>
    result<void> emplace_back(Args&&... args) noexcept {
        TRY_VOID(grow(1));
        ::new (static_cast<void*>(data_ + size_)) T(std::forward<Args>(args)...);
        ++size_;
        return {};
    }
    result<void> push_back(const T& value) noexcept requires std::is_copy_constructible_v<T> {
        T copy{value};  // `value` may live in this vector
        return emplace_back(std::move(copy));
    }
    result<void> push_back(T&& value) noexcept {
        T moved{std::move(value)};
        return emplace_back(std::move(moved));
    }
    /// `from` may not be part of this vector.
    result<void> append(std::span<const T> from) noexcept {
        TRY_VOID(grow(from.size()));
        for (const T& value : from)
            ::new (static_cast<void*>(data_ + size_++)) T(value);
        return {};
    }
    /// New elements are value-initialised.
    result<void> resize(usize wanted) noexcept {
        if (wanted < size_) {
            truncate(wanted);
            return {};
        }
        TRY_VOID(reserve(wanted));
        while (size_ < wanted)
            ::new (static_cast<void*>(data_ + size_++)) T();
        return {};
    }
    result<void> insert(usize at, T value) noexcept {
        TRY_VOID(push_back(std::move(value)));
        for (usize i = size_ - 1; i > at; --i)
            std::swap(data_[i], data_[i - 1]);
        return {};
    }
    void pop_back() noexcept { truncate(size_ - 1); }
    void truncate(usize to) noexcept {
        while (size_ > to)
            data_[--size_].~T();
    }
    void clear() noexcept { truncate(0); }
    /// Removes element `at`, keeping the order of the others.
    void erase(usize at) noexcept {
        for (usize i = at; i + 1 < size_; ++i)
            data_[i] = std::move(data_[i + 1]);
        pop_back();
    }
    /// Removes element `at`; the last one takes its place.
    void erase_unordered(usize at) noexcept {
        if (at + 1 != size_)
            data_[at] = std::move(data_[size_ - 1]);
        pop_back();
    }

private:
    result<void> grow(usize more) noexcept {
        usize wanted;
        if (__builtin_add_overflow(size_, more, &wanted))
            return errc::out_of_memory;
        if (wanted <= capacity_)
            return {};
        const usize doubled = capacity_ * 2;
        const usize least = sizeof(T) >= 32 ? 2 : 64 / sizeof(T);
        return reserve(wanted > doubled ? (wanted > least ? wanted : least) : doubled);
    }
    static void relocate(T* from, usize count, T* to) noexcept {
        if constexpr (std::is_trivially_copyable_v<T>) {
            if (count)
                std::memcpy(static_cast<void*>(to), from, count * sizeof(T));
        } else {
            for (usize i = 0; i < count; ++i) {
                ::new (static_cast<void*>(to + i)) T(std::move(from[i]));
                from[i].~T();
            }
        }
    }
    T* data_ = nullptr;
    usize size_ = 0;
    usize capacity_ = 0;
};

}  // namespace osprey
