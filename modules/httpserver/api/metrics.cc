// SPDX-License-Identifier: BSD-3-Clause
#include "exposition.hh"

#include <http/routes.hh>
#include <http/settings.hh>

namespace osprey::rest {

namespace {

reply get_metrics(call& c) {
    exposition out;
    add_cpu_metrics(out);
    add_memory_metrics(out);
    add_network_metrics(out);
    add_disk_metrics(out);
    add_filesystem_metrics(out);
    add_thread_metrics(out);
    add_trace_metrics(out, c.site);
    c.answer(out.text(), "text/plain; version=0.0.4; charset=utf-8");
    return answered;
}

}  // namespace

api metrics_api() {
    return {"metrics",
            "Figures for Prometheus",
            {{"GET", "/metrics", "getMetrics", "All figures in Prometheus' text format 0.0.4",
              "text", get_metrics}}};
}

}  // namespace osprey::rest
