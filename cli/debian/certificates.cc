// SPDX-License-Identifier: BSD-3-Clause
#include <base/files.hh>
#include <debian/certificates.hh>

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <map>
#include <memory>

namespace osprey::cli::debian {

namespace {

constexpr const char* authorities = "/usr/share/ca-certificates/";
constexpr const char* trusted = "/etc/ssl/certs/";

/// The number that OpenSSL looks a certificate up by, if these bytes are one.
std::optional<unsigned long> subject_hash(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{
        PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr), X509_free};
    if (!certificate) {
        return std::nullopt;
    }
    return X509_subject_name_hash(certificate.get());
}

}  // namespace

void add_certificates(image::tree& content) {
    const std::string bundle_path = std::string{trusted} + "ca-certificates.crt";
    if (content.has(bundle_path)) {
        return;
    }
    std::map<std::string, const image::node*> found;  // in the order of their paths
    for (auto at = content.nodes().lower_bound(authorities);
         at != content.nodes().end() && at->first.starts_with(authorities); ++at) {
        if (at->second.kind == image::node_kind::file && at->first.ends_with(".crt")) {
            found.emplace(at->first, &at->second);
        }
    }
    std::string bundle;
    std::map<unsigned long, int> used;  // subjects may have the same hash
    std::map<std::string, std::string> links;
    for (const auto& [path, node] : found) {
        std::string pem = node->source.empty() ? node->content : read_file(node->source);
        const auto hash = subject_hash(pem);
        if (!hash) {
            continue;
        }
        if (!pem.ends_with('\n')) {
            pem += '\n';
        }
        bundle += pem;
        const std::string name = std::filesystem::path{path}.stem().string() + ".pem";
        links[trusted + name] = path;
        links[fmt::format("{}{:08x}.{}", trusted, *hash, used[*hash]++)] = name;
    }
    if (bundle.empty()) {
        return;
    }
    content.add_content(bundle_path, std::move(bundle));
    for (const auto& [link, target] : links) {
        content.add_symlink(link, target);
    }
}

}  // namespace osprey::cli::debian
