// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <debian/alternatives.hh>
#include <debian/apt.hh>
#include <debian/certificates.hh>
#include <memory>

#include <base/failure.hh>

namespace osprey::cli::debian {
namespace {

TEST(alternatives, plain_call_over_two_lines) {
    const auto found = find_alternatives(
        "#!/bin/sh\nset -e\n"
        "update-alternatives --install /usr/lib/libblas.so.3 \\\n"
        "      libblas.so.3-x /usr/lib/blas/libblas.so.3 10\n");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].link, "/usr/lib/libblas.so.3");
    EXPECT_EQ(found[0].name, "libblas.so.3-x");
    EXPECT_EQ(found[0].path, "/usr/lib/blas/libblas.so.3");
    EXPECT_EQ(found[0].priority, 10);
}

TEST(alternatives, slaves_quotes_variables) {
    const auto found = find_alternatives(
        "base=/usr/bin\nman=\"${base}/man\"\n"
        "if [ \"$1\" = configure ]; then\n"
        "  update-alternatives --quiet --install $base/vi vi \"$base/vim.basic\" 30 "
        "--slave ${man}/vi.1 vi.1 '/usr/share/vim.1'\nfi\n");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].path, "/usr/bin/vim.basic");
    EXPECT_EQ(found[1].link, "/usr/bin/man/vi.1");
    EXPECT_EQ(found[1].path, "/usr/share/vim.1");
    EXPECT_EQ(found[1].priority, 30);
}

TEST(alternatives, loops_over_constant_words) {
    const auto found = find_alternatives(
        "dir=/usr/lib/jvm/bin\n"
        "for i in java keytool; do\n"
        "    update-alternatives --install /usr/bin/$i $i $dir/$i 1711\n"
        "done\n"
        "update-alternatives --install /usr/bin/after after $dir/after 1\n");
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].link, "/usr/bin/java");
    EXPECT_EQ(found[0].path, "/usr/lib/jvm/bin/java");
    EXPECT_EQ(found[1].link, "/usr/bin/keytool");
    EXPECT_EQ(found[2].link, "/usr/bin/after");
}

TEST(alternatives, unknown_words_are_left_out) {
    EXPECT_TRUE(find_alternatives("update-alternatives --install $(x) a /b 1\n").empty());
    EXPECT_TRUE(find_alternatives("update-alternatives --install /a a $unknown 1\n").empty());
    EXPECT_TRUE(find_alternatives("# update-alternatives --install /a a /b 1\n").empty());
    EXPECT_TRUE(find_alternatives("update-alternatives --remove a /b\n").empty());
    EXPECT_TRUE(find_alternatives("").empty());
}

TEST(apt, reads_uris) {
    const auto packages = parse_uris(
        "Reading…\n"
        "'http://x/z/zlib1g_1%3a1.2.13_amd64.deb' zlib1g_1%3a1.2.13_amd64.deb 86684 SHA256:ab\n"
        "'http://x/a/a_b.deb' a_2.0-1_all.deb 10 SHA256:cd\n");
    ASSERT_EQ(packages.size(), 2U);
    EXPECT_EQ(packages[0].name, "a");
    EXPECT_EQ(packages[0].architecture, "all");
    EXPECT_EQ(packages[1].version, "1:1.2.13");
    EXPECT_EQ(packages[1].file, "zlib1g_1%3a1.2.13_amd64.deb");
    EXPECT_EQ(packages[1].size, 86684U);
    EXPECT_EQ(packages[1].sha256, "ab");
}

TEST(apt, a_package_without_a_strong_hash_is_refused) {
    EXPECT_THROW((void)parse_uris("'http://x/a' a_1_all.deb 10 MD5Sum:ab\n"), failure);
    EXPECT_THROW((void)parse_uris("'http://x/a' a_1_all.deb 10 \n"), failure);
}

/// A certificate that signs itself.
std::string certificate(const char* name) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free};
    const std::unique_ptr<X509, decltype(&X509_free)> made{X509_new(), X509_free};
    X509_NAME* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(made.get(), subject);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 1000);
    X509_set_pubkey(made.get(), key.get());
    X509_sign(made.get(), key.get(), EVP_sha256());
    const std::unique_ptr<BIO, decltype(&BIO_free)> text{BIO_new(BIO_s_mem()), BIO_free};
    PEM_write_bio_X509(text.get(), made.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<size_t>(size)};
}

TEST(certificates, become_a_bundle_with_links) {
    image::tree content;
    const std::string first = certificate("first"), second = certificate("second");
    content.add_content("/usr/share/ca-certificates/mozilla/B.crt", second);
    content.add_content("/usr/share/ca-certificates/mozilla/A.crt", first);
    content.add_content("/usr/share/ca-certificates/mozilla/broken.crt", "no certificate");
    content.add_content("/usr/share/ca-certificates/readme", "no certificate");
    add_certificates(content);
    ASSERT_NE(content.at("/etc/ssl/certs/ca-certificates.crt"), nullptr);
    EXPECT_EQ(content.at("/etc/ssl/certs/ca-certificates.crt")->content, first + second);
    EXPECT_EQ(content.resolve("/etc/ssl/certs/A.pem"), "/usr/share/ca-certificates/mozilla/A.crt");
    // `openssl x509 -subject_hash` of these two names; it depends on nothing else.
    EXPECT_EQ(content.resolve("/etc/ssl/certs/662fa5e1.0"),
              "/usr/share/ca-certificates/mozilla/A.crt");
    EXPECT_EQ(content.resolve("/etc/ssl/certs/59fab405.0"),
              "/usr/share/ca-certificates/mozilla/B.crt");
    EXPECT_FALSE(content.has("/etc/ssl/certs/broken.pem"));
}

TEST(certificates, a_bundle_of_the_image_stays) {
    image::tree content;
    content.add_content("/usr/share/ca-certificates/A.crt", certificate("first"));
    content.add_content("/etc/ssl/certs/ca-certificates.crt", "own");
    add_certificates(content);
    EXPECT_EQ(content.at("/etc/ssl/certs/ca-certificates.crt")->content, "own");
}
}  // namespace
}  // namespace osprey::cli::debian
