package main

import (
	"io"
	"net/http"
)

// grpcHealth answers grpc.health.v1.Health/Check for the server and for its one service. Both messages have one field,
// behind a frame of five bytes: a name to be asked for, and a status, of which 1 is SERVING.
func (s *shop) grpcHealth(w http.ResponseWriter, r *http.Request) {
	const nameAt = 7
	const notFound = "5"
	asked, err := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	w.Header().Set("Content-Type", "application/grpc")
	if err != nil || len(asked) > nameAt && string(asked[nameAt:]) != "shop" {
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", notFound)
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	_, _ = w.Write([]byte{0, 0, 0, 0, 2, 8, 1})
}
