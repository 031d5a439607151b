// SPDX-License-Identifier: BSD-3-Clause
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>
#include <commands/commands.hh>
#include <commands/usage.hh>
#include <qemu/known_runs.hh>
#include <qemu/monitor.hh>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace osprey::cli::commands {

namespace {

struct pcap_options {
    std::string run;
    std::string file;
    double seconds = 0;
    unsigned card = 0;
    unsigned snapshot = 65536;
    bool quiet = false;
};

/// Records packets of a running guest, by a filter that QEMU puts between card and network.
class capture {
public:
    explicit capture(const pcap_options& options)
        : options_{options},
          guest_{qemu::find_running_guest(options.run)},
          monitor_{guest_.monitor_path} {
        if (options_.file.empty()) {
            options_.file = guest_.id + ".pcap";
        }
        file_ = fs::absolute(options_.file);
    }

    int run() {
        sigset_t set;
        ::sigemptyset(&set);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            ::sigaddset(&set, signal);
        }
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        const unique_fd signals{::signalfd(-1, &set, SFD_CLOEXEC)};
        // A file that cannot be written is told by our own words, not QEMU's.
        write_file(file_, "");
        start();
        say(fmt::format("recording guest {} to {}; Ctrl-C ends it", guest_.id, file_.string()));
        const bool guest_lives = wait(signals.get());
        if (guest_lives) {
            monitor_.execute("object-del", {{"id", filter_id}});
        }
        std::error_code error;
        say(fmt::format("{}{}: {}", guest_lives ? "" : "the guest ended; ", file_.string(),
                        human_bytes(fs::file_size(file_, error))));
        return 0;
    }

private:
    static constexpr const char* filter_id = "osprey-pcap";

    void start() {
        try {
            monitor_.execute("object-add", {{"qom-type", "filter-dump"},
                                            {"id", filter_id},
                                            {"netdev", fmt::format("net{}", options_.card)},
                                            {"file", file_.string()},
                                            {"maxlen", options_.snapshot}});
        } catch (const failure& error) {
            std::error_code ignored;
            fs::remove(file_, ignored);
            throw failure{error.what(),
                          "Has the guest a network card of that number, and is "
                          "nobody else recording?"};
        }
    }

    /// Until a signal, the end of time, or the end of the guest. @return whether it still lives.
    bool wait(int signals) {
        using clock = std::chrono::steady_clock;
        const auto end = clock::now() + std::chrono::duration_cast<clock::duration>(
                                            std::chrono::duration<double>{options_.seconds});
        for (;;) {
            int timeout = -1;
            if (options_.seconds > 0) {
                const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
                timeout = static_cast<int>(std::max<int64_t>(left.count(), 0));
            }
            pollfd set[]{{signals, POLLIN, 0}, {monitor_.descriptor(), POLLIN, 0}};
            const int ready = ::poll(set, 2, timeout);
            if (ready == 0 || set[0].revents != 0) {
                return true;
            }
            if (set[1].revents != 0 && !monitor_.discard_events()) {
                return false;
            }
        }
    }

    void say(const std::string& text) const {
        if (!options_.quiet) {
            fmt::print(stderr, "{}\n", printable(text));
        }
    }

    pcap_options options_;
    qemu::running_guest guest_;
    qemu::monitor monitor_;
    fs::path file_;
};

}  // namespace

action add_pcap(CLI::App& app) {
    auto options = std::make_shared<pcap_options>();
    CLI::App* pcap = app.add_subcommand("pcap", "Record the packets of a running guest");
    set_usage(*pcap, "Usage: osprey pcap [OPTIONS] [RUN]");
    pcap->footer(
        "RUN is the id of a run, or its beginning (`osprey run --json` tells it; the folders of\n"
        "~/.local/state/osprey/runs are named by it). It may be left out when one guest runs.\n"
        "The file is in pcap format, which wireshark and tcpdump -r read. To record from the "
        "first\n"
        "packet on, use `osprey run --pcap FILE`.");
    pcap->add_option("run", options->run, "Which guest")->type_name("RUN");
    pcap->add_option("-o,--output", options->file, "The file to write (RUN.pcap)")
        ->type_name("FILE");
    pcap->add_option("--seconds", options->seconds, "Stop after so long (default: at Ctrl-C)")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    pcap->add_option("--card", options->card, "Number of the network card, from 0")
        ->type_name("N")
        ->capture_default_str();
    pcap->add_option("--snapshot", options->snapshot, "Bytes kept of each packet")
        ->type_name("BYTES")
        ->check(CLI::Range(64, 65536))
        ->capture_default_str();
    pcap->add_flag("-q,--quiet", options->quiet, "Say nothing but errors");
    return [options] {
        return capture{*options}.run();
    };
}

}  // namespace osprey::cli::commands
