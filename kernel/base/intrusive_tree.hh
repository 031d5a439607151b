// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <boost/intrusive/rbtree_algorithms.hpp>

namespace osprey {

/// Link of an object in one `intrusive_tree`.
struct tree_hook {
    tree_hook* parent = nullptr;
    tree_hook* left = nullptr;
    tree_hook* right = nullptr;
    bool black = false;
    [[nodiscard]] constexpr bool linked() const noexcept { return parent != nullptr; }
};

struct tree_hook_traits {
    using node = tree_hook;
    using node_ptr = tree_hook*;
    using const_node_ptr = const tree_hook*;
    using color = bool;
    static node_ptr get_parent(const_node_ptr n) noexcept { return n->parent; }
    static void set_parent(node_ptr n, node_ptr p) noexcept { n->parent = p; }
    static node_ptr get_left(const_node_ptr n) noexcept { return n->left; }
    static void set_left(node_ptr n, node_ptr l) noexcept { n->left = l; }
    static node_ptr get_right(const_node_ptr n) noexcept { return n->right; }
    static void set_right(node_ptr n, node_ptr r) noexcept { n->right = r; }
    static color get_color(const_node_ptr n) noexcept { return n->black; }
    static void set_color(node_ptr n, color c) noexcept { n->black = c; }
    static color black() noexcept { return true; }
    static color red() noexcept { return false; }
};

/// Ordered set of objects that carry their own link: a red-black tree with Boost.Intrusive's
/// algorithms but a header that can be `constinit`. `KeyOf` is a callable T -> key; equal keys are
/// allowed and stay in insertion order. Not thread safe.
template <typename T, tree_hook T::*Hook, auto KeyOf>
class intrusive_tree {
    using algorithms = boost::intrusive::rbtree_algorithms<tree_hook_traits>;

public:
    constexpr intrusive_tree() noexcept : header_{nullptr, &header_, &header_, false} {}
    intrusive_tree(const intrusive_tree&) = delete;

    [[nodiscard]] bool empty() const noexcept { return header_.parent == nullptr; }
    /// Smallest and largest, or null.
    [[nodiscard]] T* first() noexcept { return empty() ? nullptr : object(header_.left); }
    [[nodiscard]] T* last() noexcept { return empty() ? nullptr : object(header_.right); }
    [[nodiscard]] T* next(T& o) noexcept { return wrap(algorithms::next_node(&(o.*Hook))); }
    [[nodiscard]] T* previous(T& o) noexcept {
        return &(o.*Hook) == header_.left ? nullptr : object(algorithms::prev_node(&(o.*Hook)));
    }
    void insert(T& o) noexcept {
        algorithms::insert_equal_upper_bound(&header_, &(o.*Hook), by_node{});
    }
    void remove(T& o) noexcept {
        algorithms::erase(&header_, &(o.*Hook));
        o.*Hook = {};
    }
    /// First object whose key is not below / is above `key`; null if there is none.
    template <typename Key>
    [[nodiscard]] T* lower_bound(const Key& key) noexcept {
        return wrap(algorithms::lower_bound(&header_, key, by_key{}));
    }
    template <typename Key>
    [[nodiscard]] T* upper_bound(const Key& key) noexcept {
        return wrap(algorithms::upper_bound(&header_, key, by_key{}));
    }
    /// Last object whose key is not above `key`; null if there is none.
    template <typename Key>
    [[nodiscard]] T* floor(const Key& key) noexcept {
        T* above = upper_bound(key);
        return above ? previous(*above) : last();
    }

private:
    static T* object(const tree_hook* h) noexcept {
        alignas(T) static constexpr char place[sizeof(T)] = {};
        const T* origin = reinterpret_cast<const T*>(place);
        auto offset = reinterpret_cast<const char*>(&(origin->*Hook)) - place;
        return reinterpret_cast<T*>(reinterpret_cast<char*>(const_cast<tree_hook*>(h)) - offset);
    }
    T* wrap(tree_hook* h) noexcept { return h == &header_ ? nullptr : object(h); }
    static decltype(auto) key(const tree_hook* h) noexcept { return KeyOf(*object(h)); }
    struct by_node {
        bool operator()(const tree_hook* a, const tree_hook* b) const noexcept {
            return key(a) < key(b);
        }
    };
    struct by_key {
        template <typename Key>
        bool operator()(const Key& a, const tree_hook* b) const noexcept {
            return a < key(b);
        }
        template <typename Key>
        bool operator()(const tree_hook* a, const Key& b) const noexcept {
            return key(a) < b;
        }
    };
    tree_hook header_;
};

}  // namespace osprey
