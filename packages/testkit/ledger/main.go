// Command ledger is a small application with a database: it takes orders, and answers once a row is written for good.
// COLUMN says which of the columns of `orders` its release knows. `ledger expand` and `ledger contract` migrate.
package main

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/lib/pq"
)

// farewell is how long a draining ledger still accepts: whoever sends it requests has time to hear that it leaves.
const farewell = 250 * time.Millisecond

const drainLimit = 20 * time.Second

//go:embed expand.sql
var expand string

//go:embed contract.sql
var contract string

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(); err != nil {
		log.Fatalf("ledger: %v", err)
	}
}

func run() error {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(10)
	if len(os.Args) > 1 {
		return migrate(db, os.Args[1])
	}
	l, err := newLedger(db)
	if err != nil {
		return err
	}
	return l.serve()
}

func migrate(db *sql.DB, phase string) error {
	steps := map[string]string{"expand": expand, "contract": contract}
	step, ok := steps[phase]
	if !ok {
		return fmt.Errorf("phase is %q; it must be expand or contract", phase)
	}
	_, err := db.Exec(step)
	return err
}

// ledger serves one release.
type ledger struct {
	db                     *sql.DB
	column, color, version string
}

func newLedger(db *sql.DB) (*ledger, error) {
	column := os.Getenv("COLUMN")
	if column != "customer" && column != "buyer" {
		return nil, fmt.Errorf("COLUMN is %q; it must be customer or buyer", column)
	}
	return &ledger{db: db, column: column, color: os.Getenv("BLUEGREEN_COLOR"), version: os.Getenv("VERSION")}, nil
}

// serve ends with SIGTERM or SIGINT, after the requests in flight.
func (l *ledger) serve() error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", l.home)
	mux.HandleFunc("GET /health/ready", l.ready)
	mux.HandleFunc("GET /knows/{column}", l.knows)
	mux.HandleFunc("POST /orders", l.order)
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-App-Color", l.color)
			w.Header().Set("X-App-Version", l.version)
			mux.ServeHTTP(w, r)
		})}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	log.Printf("ledger %s (%s) listens", l.version, l.color)
	select {
	case err := <-ended:
		return err
	case <-stop.Done():
	}
	time.Sleep(farewell)
	limit, done := context.WithTimeout(context.Background(), drainLimit)
	defer done()
	return errors.Join(server.Shutdown(limit), l.db.Close())
}

func (l *ledger) home(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"color": l.color, "version": l.version})
}

// ready asks for the very column that it writes: a release is of no use to a database that lacks it.
func (l *ledger) ready(w http.ResponseWriter, r *http.Request) {
	if _, err := l.db.ExecContext(r.Context(), "SELECT "+l.column+" FROM orders LIMIT 1"); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready"))
}

// knows is what only one of the releases passes.
func (l *ledger) knows(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("column") != l.column {
		http.NotFound(w, r)
	}
}

// order acknowledges a row that is committed.
func (l *ledger) order(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	insert := "INSERT INTO orders (id, " + l.column + ", release) VALUES ($1, $2, $3)"
	if _, err := l.db.ExecContext(r.Context(), insert, query.Get("id"), query.Get("who"), l.version); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
}
