// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/tty/line_discipline.hh>
#include <string>
#include <vector>

/// A device that keeps what a line discipline asks of it.
struct recorder final : osprey::fs::line_discipline::device {
    osprey::usize output_room() noexcept override { return limit - output.size(); }
    void put_output(const char* text, osprey::usize bytes) noexcept override {
        output.append(text, bytes);
    }
    void drop_output() noexcept override { ++drops; }
    void raise_signal(int number) noexcept override { signals.push_back(number); }
    void input_arrived() noexcept override { ++arrivals; }
    void input_dropped() noexcept override { ++input_drops; }
    void flow_changed(bool goes_on) noexcept override { runs = goes_on; }

    std::string output;
    std::vector<int> signals;
    osprey::usize limit = 1 << 20;
    int drops = 0, arrivals = 0, input_drops = 0;
    bool runs = true;
};
