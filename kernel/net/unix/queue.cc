// SPDX-License-Identifier: BSD-3-Clause
#include <net/unix/unix_end.hh>

namespace osprey::net {

unix_message::unix_message(u32 room) noexcept : capacity{room} {}
unix_message::~unix_message() = default;

unix_message* unix_message::create(usize capacity) noexcept {
    void* memory = allocate(sizeof(unix_message) + capacity);
    return memory ? new (memory) unix_message{static_cast<u32>(capacity)} : nullptr;
}

void unix_message::destroy(unix_message* m) noexcept {
    const usize bytes = sizeof(unix_message) + m->capacity;
    m->~unix_message();
    deallocate(m, bytes);
}

unix_queue::~unix_queue() {
    destroy_all(first_);
    if (spare_)
        unix_message::destroy(spare_);
}

void unix_queue::push(unix_message* m) noexcept {
    m->next = nullptr;
    (last_ ? last_->next : first_) = m;
    last_ = m;
    set(count_, count() + 1);
    set(arrivals_, arrivals() + 1);
    set(bytes_, bytes() + m->bytes());
    set(charge_, charge() + m->charge());
}

unix_message* unix_queue::pop() noexcept {
    unix_message* m = first_;
    first_ = m->next;
    if (!first_)
        last_ = nullptr;
    set(count_, count() - 1);
    set(bytes_, bytes() - m->bytes());
    set(charge_, charge() - m->charge());
    return m;
}

unix_message* unix_queue::take_all() noexcept {
    unix_message* list = first_;
    first_ = last_ = nullptr;
    set(count_, 0);
    set(bytes_, 0);
    set(charge_, 0);
    return list;
}

void unix_queue::destroy_all(unix_message* list) noexcept {
    while (list) {
        unix_message* next = list->next;
        unix_message::destroy(list);
        list = next;
    }
}

void unix_queue::recycle(unix_message* m) noexcept {
    if (spare_ || m->capacity != spare_capacity || m->from || m->origin || m->files) {
        unix_message::destroy(m);
        return;
    }
    m->begin = m->end = 0;
    m->urgent = false;
    spare_ = m;
}

}  // namespace osprey::net
