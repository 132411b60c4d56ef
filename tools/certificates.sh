# For setup.sh, front.sh and docs.sh: uv, pip and Node trust what this computer trusts, so that setting up
# works on a network with a certificate authority of its own. What is set already stays. Where the
# computer keeps no certificates (a bare container) they use those they bring.
for bundle in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
    if [ -s "$bundle" ]; then
        export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 # the second for older releases of uv
        export PIP_CERT=${PIP_CERT:-$bundle} NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$bundle}
        break
    fi
done
