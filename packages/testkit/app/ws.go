package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Opcodes of RFC 6455, section 5.2, and the close code of a server that goes away.
const (
	wsText    = 0x1
	wsClose   = 0x8
	wsPing    = 0x9
	wsPong    = 0xA
	goingAway = 1001
)

// wsKeySuffix is what RFC 6455 adds to a client's key before hashing it.
const wsKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// wsFarewell bounds how long a websocket waits for the other side's close frame, and every write.
const wsFarewell = time.Second

// websocket answers with who it is every ?ms= milliseconds (100), and echoes text. A draining shop bids farewell with a
// close frame; without a farewell the process just ends, as one does whose author thought of requests only.
func (s *shop) websocket(w http.ResponseWriter, r *http.Request) {
	every := 100 * time.Millisecond
	if ms, err := strconv.Atoi(r.URL.Query().Get("ms")); err == nil && ms > 0 {
		every = time.Duration(ms) * time.Millisecond
	}
	socket, err := acceptWebsocket(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer socket.conn.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		socket.answer()
	}()
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ended:
			return
		case <-s.leaving:
			_ = socket.write(wsClose, binary.BigEndian.AppendUint16(nil, goingAway))
			select {
			case <-ended:
			case <-time.After(wsFarewell):
			}
			return
		case <-ticks.C:
			if socket.write(wsText, s.body) != nil {
				return
			}
		}
	}
}

// wsConn is the server's side of a websocket. Frames are written whole, one at a time.
type wsConn struct {
	conn    net.Conn
	reader  *bufio.Reader
	writing sync.Mutex
}

func acceptWebsocket(w http.ResponseWriter, r *http.Request) (*wsConn, error) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return nil, errors.New("this is for websockets")
	}
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return nil, errors.New("this connection cannot be upgraded")
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		return nil, err
	}
	hash := sha1.Sum([]byte(key + wsKeySuffix))
	_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(hash[:])+"\r\n\r\n")
	if err != nil {
		conn.Close()
	}
	return &wsConn{conn: conn, reader: buffered.Reader}, nil
}

// answer reads until the other side closes or breaks off.
func (c *wsConn) answer() {
	for {
		opcode, payload, err := c.read()
		if err != nil {
			return
		}
		switch opcode {
		case wsClose:
			_ = c.write(wsClose, payload)
			return
		case wsPing:
			_ = c.write(wsPong, payload)
		case wsText:
			_ = c.write(wsText, payload)
		}
	}
}

// read gives one frame. A message in several frames is none that this shop's clients send.
func (c *wsConn) read() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(c.reader, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1] & 0x7F)
	if size >= 126 {
		length := make([]byte, map[uint64]int{126: 2, 127: 8}[size])
		if _, err = io.ReadFull(c.reader, length); err != nil {
			return 0, nil, err
		}
		size = 0
		for _, part := range length {
			size = size<<8 | uint64(part)
		}
	}
	if size > maxBody {
		return 0, nil, errors.New("the frame is too long")
	}
	var mask [4]byte
	if head[1]&0x80 != 0 {
		if _, err = io.ReadFull(c.reader, mask[:]); err != nil {
			return 0, nil, err
		}
	}
	payload = make([]byte, size)
	if _, err = io.ReadFull(c.reader, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0F, payload, nil
}

func (c *wsConn) write(opcode byte, payload []byte) error {
	frame := []byte{0x80 | opcode}
	switch size := len(payload); {
	case size < 126:
		frame = append(frame, byte(size))
	case size < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(size))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(size))
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(wsFarewell))
	_, err := c.conn.Write(append(frame, payload...))
	return err
}
