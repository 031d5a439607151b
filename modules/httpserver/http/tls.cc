// SPDX-License-Identifier: BSD-3-Clause
#include <http/tls.hh>

#include <memory>
#include <stdexcept>

namespace osprey::rest {

SSL_CTX* make_tls_context(const settings& site) {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()),
                                                              SSL_CTX_free};
    const auto require = [](bool holds, const std::string& what, const std::string& file) {
        if (!holds) {
            throw std::runtime_error{"cannot use the " + what + " " + file};
        }
    };
    require(context != nullptr, "TLS library", "");
    SSL_CTX* const raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    require(SSL_CTX_use_certificate_chain_file(raw, site.certificate.c_str()) == 1, "certificate",
            site.certificate);
    require(SSL_CTX_use_PrivateKey_file(raw, site.key.c_str(), SSL_FILETYPE_PEM) == 1, "key",
            site.key);
    require(SSL_CTX_check_private_key(raw) == 1, "key (it is not the certificate's)", site.key);
    require(SSL_CTX_load_verify_locations(raw, site.authorities.c_str(), nullptr) == 1,
            "authorities", site.authorities);
    SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(site.authorities.c_str()));
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>("osprey"), 6);
    return context.release();
}

}  // namespace osprey::rest
