package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// lifetime is longer than any cluster of the bed lives; each `up` from nothing makes new keys.
const lifetime = 365 * 24 * time.Hour

// issueCertificates writes what the API server and the kubelet prove themselves with: pki <folder> <address>...
// A CA that nobody else trusts, "server" for the addresses, "kubelet-client" with which the API server visits the
// kubelet, and the key that signs tokens of service accounts.
func issueCertificates(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("it takes a folder and at least one address or name")
	}
	folder, addresses := args[0], args[1:]
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	ca := template("bluegreen-bed")
	ca.IsCA, ca.BasicConstraintsValid = true, true
	ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	if err := write(folder, "ca", ca, ca, caKey, caKey); err != nil {
		return err
	}

	server := template("kube-apiserver")
	for _, address := range addresses {
		if ip := net.ParseIP(address); ip != nil {
			server.IPAddresses = append(server.IPAddresses, ip)
		} else {
			server.DNSNames = append(server.DNSNames, address)
		}
	}
	visitor := template("kube-apiserver-kubelet-client")
	visitor.Subject.Organization = []string{"system:masters"}
	for name, leaf := range map[string]*x509.Certificate{"server": server, "kubelet-client": visitor} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		if err := write(folder, name, leaf, ca, key, caKey); err != nil {
			return err
		}
	}

	tokens, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(folder, "tokens.key"), "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(tokens))
}

func template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// write signs a certificate and puts it and its key into <folder>/<name>.crt and .key.
func write(folder, name string, leaf, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) error {
	certificate, err := x509.CreateCertificate(rand.Reader, leaf, parent, &key.PublicKey, parentKey)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(folder, name+".crt"), "CERTIFICATE", certificate); err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(folder, name+".key"), "EC PRIVATE KEY", private)
}

func writePEM(file, kind string, bytes []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600)
}
