// Command shop is the demo's application: one small HTTP service that plays every release of a story.
// Environment variables decide whether it is a good release, never gets ready, breaks once it is live, or dies.
// It logs its start and its end, never a request, and needs nothing but the standard library.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// drainLimit bounds how long requests in flight may hold up the end after SIGTERM.
const drainLimit = 20 * time.Second

// farewellMs is how long a draining shop still accepts, so that kept connections end by an answer's
// "Connection: close" and not by a close that crosses a request on its way. FAREWELL_MS overrides it; 0 is what Go does
// by itself, which closes idle connections at once.
const farewellMs = 250

// maxBody bounds what /peer and /file hand back, in bytes.
const maxBody = 1 << 20

// release is what the environment says about this process.
type release struct {
	Color    string `json:"color"`
	Release  string `json:"release"`
	Version  string `json:"version"`
	Instance string `json:"instance"`

	host       string        // HEALTH_HOST: health answers 421 to who asks for another Host; empty = to nobody
	unhealthy  bool          // UNHEALTHY=1: readiness answers 503 for ever
	breakAfter int64         // BREAK_AFTER: good answers of "/" before it only answers 500; -1 = never
	crashAfter int64         // CRASH_AFTER_REQUESTS: requests of "/" it answers before it exits 1; -1 = never
	readyAt    time.Time     // READY_AFTER: readiness answers 503 until then
	latency    time.Duration // LATENCY_MS: added to each answer of "/"
}

// shop serves one release.
type shop struct {
	release
	body     []byte // the answer of "/", rendered once
	served   atomic.Int64
	draining atomic.Bool
	leaving  chan struct{} // closed when it begins to drain
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(); err != nil {
		log.Fatalf("shop: %v", err)
	}
}

// run serves until SIGTERM or SIGINT, then finishes the requests in flight.
func run() error {
	var faults []error
	rel := release{
		Color:      os.Getenv("BLUEGREEN_COLOR"),
		Release:    os.Getenv("BLUEGREEN_RELEASE"),
		Version:    os.Getenv("VERSION"),
		Instance:   instanceName(),
		host:       os.Getenv("HEALTH_HOST"),
		unhealthy:  os.Getenv("UNHEALTHY") == "1",
		breakAfter: number("BREAK_AFTER", -1, &faults),
		crashAfter: number("CRASH_AFTER_REQUESTS", -1, &faults),
		readyAt:    time.Now().Add(time.Duration(number("READY_AFTER", 0, &faults)) * time.Second),
		latency:    time.Duration(number("LATENCY_MS", 0, &faults)) * time.Millisecond,
	}
	port := number("PORT", 8080, &faults)
	tlsPort := number("TLS_PORT", -1, &faults)
	crash := number("CRASH_AFTER", -1, &faults)
	farewell := time.Duration(number("FAREWELL_MS", farewellMs, &faults)) * time.Millisecond
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	body, _ := json.Marshal(rel) // four strings: it cannot fail
	s := &shop{release: rel, body: append(body, '\n'), leaving: make(chan struct{})}
	if crash >= 0 {
		time.AfterFunc(time.Duration(crash)*time.Second, func() { s.die("CRASH_AFTER") })
	}

	server := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true) // gRPC
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return err
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(listener) }()
	if tlsPort >= 0 {
		secure, err := listenTLS(tlsPort)
		if err != nil {
			return err
		}
		go func() { ended <- server.Serve(secure) }()
	}
	log.Printf("shop %s (%s) listens on %s", rel.Version, rel.Color, listener.Addr())

	select {
	case err := <-ended:
		return err
	case <-stop.Done():
	}
	log.Print("shop drains")
	if farewell > 0 {
		s.draining.Store(true)
		close(s.leaving)
		time.Sleep(farewell)
	}
	limit, done := context.WithTimeout(context.Background(), drainLimit)
	defer done()
	return server.Shutdown(limit)
}

// instanceName is the host's name (a container's id) and a few random characters: two processes never share one.
func instanceName() string {
	host, _ := os.Hostname()
	return host + "-" + rand.Text()[:6]
}

// number reads a whole number from an environment variable, fallback when it is unset or empty.
func number(name string, fallback int64, faults *[]error) int64 {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 {
		*faults = append(*faults, fmt.Errorf("%s is %q; it must be a whole number, 0 or more", name, text))
		return fallback
	}
	return value
}

func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /health/live", s.asked(func(w http.ResponseWriter, _ *http.Request) { text(w, "live") }))
	mux.HandleFunc("GET /health/ready", s.asked(s.ready))
	mux.HandleFunc("GET /env", variable(func(value string) string { return value }))
	mux.HandleFunc("GET /secret-sha", variable(func(value string) string {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(value)))
	}))
	mux.HandleFunc("GET /file", readFile)
	mux.HandleFunc("/write", writeFile)
	mux.HandleFunc("GET /peer", peer)
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
		if err != nil || ms < 0 {
			http.Error(w, "ms must be a whole number of milliseconds", http.StatusBadRequest)
			return
		}
		time.Sleep(time.Duration(ms) * time.Millisecond)
		_, _ = w.Write(s.body)
	})
	mux.HandleFunc("GET /ws", s.websocket)
	mux.HandleFunc("POST /grpc.health.v1.Health/Check", s.grpcHealth)
	mux.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { s.die("/crash") })
	mux.HandleFunc("/echo-headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(r.Header)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-App-Color", s.Color)
		w.Header().Set("X-App-Version", s.Version)
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		mux.ServeHTTP(w, r)
	})
}

// home is what users see; it is also the one that breaks or crashes after a number of answers.
func (s *shop) home(w http.ResponseWriter, _ *http.Request) {
	count := s.served.Add(1)
	if s.crashAfter >= 0 && count > s.crashAfter {
		s.die("CRASH_AFTER_REQUESTS")
	}
	time.Sleep(s.latency)
	w.Header().Set("Content-Type", "application/json")
	if s.breakAfter >= 0 && count > s.breakAfter {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error":"this release broke"}`+"\n")
		return
	}
	_, _ = w.Write(s.body)
}

// asked says of its health only to who asks for its own host, if it has one.
func (s *shop) asked(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.host != "" && r.Host != s.host {
			http.Error(w, "asked for "+r.Host, http.StatusMisdirectedRequest)
			return
		}
		answer(w, r)
	}
}

func (s *shop) ready(w http.ResponseWriter, _ *http.Request) {
	if s.unhealthy || s.draining.Load() || time.Now().Before(s.readyAt) {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	text(w, "ready")
}

// die ends the process at once, as a crash does: no draining, requests in flight are lost.
func (s *shop) die(why string) {
	log.Printf("shop crashes: %s", why)
	os.Exit(1)
}

func text(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

// variable answers with a view of the environment variable named by ?name=, or 404.
func variable(view func(string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if value, ok := os.LookupEnv(r.URL.Query().Get("name")); ok {
			text(w, view(value))
			return
		}
		http.Error(w, "no such variable", http.StatusNotFound)
	}
}

func readFile(w http.ResponseWriter, r *http.Request) {
	file, err := os.Open(r.URL.Query().Get("path"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.Copy(w, io.LimitReader(file, maxBody))
}

func writeFile(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if err := os.WriteFile(query.Get("path"), []byte(query.Get("text")), 0o644); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text(w, "written")
}

// peer hands on the answer of another service, seen from inside this one's network.
func peer(w http.ResponseWriter, r *http.Request) {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(r.URL.Query().Get("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, io.LimitReader(answer.Body, maxBody))
}
