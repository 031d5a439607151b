// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <iterator>

namespace osprey {

/// Link of an object in one `intrusive_list`. Zero: not linked.
struct list_hook {
    list_hook* next = nullptr;
    list_hook* previous = nullptr;
    [[nodiscard]] constexpr bool linked() const noexcept { return next != nullptr; }
};

/// Doubly linked list of objects that carry their own link; owns nothing, allocates nothing, and
/// needs no constructor at run time (Boost's cannot be `constinit`). Not thread safe.
template <typename T, list_hook T::*Hook>
class intrusive_list {
public:
    constexpr intrusive_list() noexcept { head_.next = head_.previous = &head_; }
    intrusive_list(const intrusive_list&) = delete;

    class iterator {
    public:
        using iterator_category = std::bidirectional_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = T*;
        using reference = T&;
        constexpr iterator() noexcept = default;
        constexpr explicit iterator(list_hook* at) noexcept : at_{at} {}
        T& operator*() const noexcept { return *object(at_); }
        T* operator->() const noexcept { return object(at_); }
        iterator& operator++() noexcept {
            at_ = at_->next;
            return *this;
        }
        iterator& operator--() noexcept {
            at_ = at_->previous;
            return *this;
        }
        bool operator==(const iterator&) const noexcept = default;

    private:
        list_hook* at_ = nullptr;
    };

    [[nodiscard]] bool empty() const noexcept { return head_.next == &head_; }
    [[nodiscard]] iterator begin() noexcept { return iterator{head_.next}; }
    [[nodiscard]] iterator end() noexcept { return iterator{&head_}; }
    [[nodiscard]] T* front() noexcept { return empty() ? nullptr : object(head_.next); }
    [[nodiscard]] T* back() noexcept { return empty() ? nullptr : object(head_.previous); }
    void push_back(T& o) noexcept { link(&(o.*Hook), head_.previous, &head_); }
    void push_front(T& o) noexcept { link(&(o.*Hook), &head_, head_.next); }
    void insert_before(T& position, T& o) noexcept {
        list_hook* at = &(position.*Hook);
        link(&(o.*Hook), at->previous, at);
    }
    void insert_after(T& position, T& o) noexcept {
        list_hook* at = &(position.*Hook);
        link(&(o.*Hook), at, at->next);
    }
    /// Where `o`, which is in this list, stands.
    static iterator at(T& o) noexcept { return iterator{&(o.*Hook)}; }
    /// Harmless if `o` is in no list.
    static void remove(T& o) noexcept {
        list_hook& h = o.*Hook;
        if (!h.linked())
            return;
        h.previous->next = h.next;
        h.next->previous = h.previous;
        h = {};
    }
    T* pop_front() noexcept {
        T* o = front();
        if (o)
            remove(*o);
        return o;
    }

private:
    static T* object(list_hook* h) noexcept {
        alignas(T) static constexpr char place[sizeof(T)] = {};
        const T* origin = reinterpret_cast<const T*>(place);
        auto offset = reinterpret_cast<const char*>(&(origin->*Hook)) - place;
        return reinterpret_cast<T*>(reinterpret_cast<char*>(h) - offset);
    }
    static void link(list_hook* h, list_hook* before, list_hook* after) noexcept {
        h->previous = before;
        h->next = after;
        before->next = h;
        after->previous = h;
    }
    list_hook head_;
};

}  // namespace osprey
