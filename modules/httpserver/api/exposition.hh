// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/settings.hh>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace osprey::rest {

/// Text in Prometheus' exposition format 0.0.4.
class exposition {
public:
    using labels = std::vector<std::pair<std::string_view, std::string>>;

    /// Begins a metric; its samples follow. `type`: counter or gauge.
    void begin(std::string_view name, std::string_view type, std::string_view help);
    void sample(double value, const labels& with = {});

    /// A metric with one sample.
    void one(std::string_view name, std::string_view type, std::string_view help, double value) {
        begin(name, type, help);
        sample(value);
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string name_;
    std::string text_;
};

void add_cpu_metrics(exposition& out);
void add_memory_metrics(exposition& out);
void add_network_metrics(exposition& out);
void add_disk_metrics(exposition& out);
void add_filesystem_metrics(exposition& out);
void add_thread_metrics(exposition& out);
void add_trace_metrics(exposition& out, const settings& site);

}  // namespace osprey::rest
